"""2025, assignment 4, test 4_2: listen to incoming messages and echo the special one.

Over TCP, the server sends several chats, one of which contains `SPECIAL MESSAGE TEST 4_2`. Only
that one is echoed. (That echoing all of them fails is a setting.)
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._leases import announce_lease_verdict
from holdfast.grading.domain.scenarios._special import CHECKS, echoes_special


async def play(ctx: Context, client: Peer) -> None:
    """Chats, the special one among them, its echo."""
    announce_lease_verdict(ctx, "TEST 4_2")
    await echoes_special(ctx, client, "SPECIAL MESSAGE TEST 4_2")


SCENARIO = Scenario(
    id=TestId("2025-4_2"),
    title="Listen to incoming messages and echo the special message",
    year=2025,
    assignment=4,
    transport="tcp",
    ports=(4447,),
    trigger=Trigger("TEST 4_2 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE"),
    checks=CHECKS,
    play=play,
)
