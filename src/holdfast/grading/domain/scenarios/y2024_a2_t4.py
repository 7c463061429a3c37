"""2024, assignment 2, test 4: listen to incoming messages and echo the special one.

Over TCP, the server sends several chats, one of which contains `SPECIAL MESSAGE TEST 4`. Only that
one is echoed. (That echoing all of them fails is a setting.)
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._leases import announce_lease_verdict
from holdfast.grading.domain.scenarios._special import CHECKS, echoes_special


async def play(ctx: Context, client: Peer) -> None:
    """Chats, the special one among them, its echo."""
    announce_lease_verdict(ctx, "TEST 4")
    await echoes_special(ctx, client, "SPECIAL MESSAGE TEST 4")


SCENARIO = Scenario(
    id=TestId("2024-a2-t4"),
    title="Listen to incoming messages and echo the special message",
    year=2024,
    assignment=2,
    transport="tcp",
    ports=(4444,),
    trigger=Trigger("TEST 4 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE"),
    checks=CHECKS,
    play=play,
)
