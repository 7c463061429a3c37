"""2025, assignment 6, test 6_2: timestamp reordering while offline.

Over UDP port 2002. As 6_1, with the offline and online notices of 5_2: half of the messages come
while the user is offline. The client may send its list, sorted, only after it is online again.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._reorder import CHECKS_OFFLINE, reorders_offline


async def play(ctx: Context, client: Peer) -> None:
    """Messages out, half of them while offline, one sorted list back."""
    await reorders_offline(ctx, client)


SCENARIO = Scenario(
    id=TestId("2025-6_2"),
    title="Timestamp reordering while offline",
    year=2025,
    assignment=6,
    transport="udp",
    ports=(2002,),
    trigger=Trigger("TEST 6_2 TIMESTAMP REORDERING WHILE OFFLINE"),
    checks=CHECKS_OFFLINE,
    play=play,
)
