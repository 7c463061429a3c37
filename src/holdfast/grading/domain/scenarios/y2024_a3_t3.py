"""2024, assignment 3, test 3: timestamp reordering.

Over UDP port 8008. The server sends `<k>|Message <k>|HH:MM:SS` in shuffled order, all within one
hour. After 1 to 2 s of silence the client sends them back sorted by time, one datagram each. The
last word contains `SUCCESSFULLY PASSED` or `FAILED`. (Whether numbers follow time is a setting.)
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._reorder import CHECKS, reorders


async def play(ctx: Context, client: Peer) -> None:
    """Messages out, one sorted list back."""
    await reorders(ctx, client)


SCENARIO = Scenario(
    id=TestId("2024-a3-t3"),
    title="Timestamp reordering",
    year=2024,
    assignment=3,
    transport="udp",
    ports=(8008,),
    trigger=Trigger("TEST 3 TIMESTAMP REORDERING"),
    checks=CHECKS,
    play=play,
)
