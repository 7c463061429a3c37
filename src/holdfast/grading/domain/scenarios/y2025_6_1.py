"""2025, assignment 6, test 6_1: timestamp reordering.

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
    id=TestId("2025-6_1"),
    title="Timestamp reordering",
    year=2025,
    assignment=6,
    transport="udp",
    ports=(8008,),
    trigger=Trigger("TEST 6_1 TIMESTAMP REORDERING"),
    checks=CHECKS,
    play=play,
)
