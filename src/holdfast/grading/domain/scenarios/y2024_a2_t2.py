"""2024, assignment 2, test 2: echo a message from a user, over UDP.

The trigger goes to UDP port 5252 with recipient 7777, so it names nobody: the student is the one
who holds a lease from the same source address. The server sends a chat that starts with
`Timestamp: ` to the trigger's source; the client echoes it to the same port.

The timestamp carries recipient 7777 too, not the student's id: in a house with one address, the id
of one student must not be told to another.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._timestamp import CHECKS, echoes_timestamp

NOBODY = 7777


async def play(ctx: Context, client: Peer) -> None:
    """Timestamp, echo."""
    await echoes_timestamp(ctx, client, "TEST 2")


SCENARIO = Scenario(
    id=TestId("2024-a2-t2"),
    title="Echo a message from a user",
    year=2024,
    assignment=2,
    transport="udp",
    ports=(5252,),
    trigger=Trigger("TEST 2 ECHO MESSAGE FROM USER", recipient=NOBODY),
    checks=CHECKS,
    play=play,
)
