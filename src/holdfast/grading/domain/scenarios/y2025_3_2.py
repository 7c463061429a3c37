"""2025, assignment 3, test 3_2: echo a message from a user, over UDP.

The trigger goes to UDP port 5252 with the student's own id. The server sends a chat that starts
with `Timestamp: ` to the trigger's source; the client echoes it to the same port.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._timestamp import CHECKS, echoes_timestamp


async def play(ctx: Context, client: Peer) -> None:
    """Timestamp, echo."""
    await echoes_timestamp(ctx, client, "TEST 3_2")


SCENARIO = Scenario(
    id=TestId("2025-3_2"),
    title="Echo a message from a user",
    year=2025,
    assignment=3,
    transport="udp",
    ports=(5252,),
    trigger=Trigger("TEST 3_2 ECHO MESSAGE FROM USER"),
    checks=CHECKS,
    play=play,
)
