"""2025, assignment 5, test 5_1: lost message handling.

Over UDP port 5005. The server sends fewer than ten numbered chats whose text begins `Test 1`, the
number a single digit at index 21. The client returns each unchanged; the server acknowledges with
`Acknowledged message: ` and the text, leaving some out. The client re-sends what is unacknowledged.
The last word is `TEST 5_1 LOST MESSAGE HANDLING SUCCESSFULLY PASSED`.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._lost import CHECKS, reconciles


async def play(ctx: Context, client: Peer) -> None:
    """Chats out and back, some unacknowledged, chats again."""
    await reconciles(ctx, client)


SCENARIO = Scenario(
    id=TestId("2025-5_1"),
    title="Lost message handling",
    year=2025,
    assignment=5,
    transport="udp",
    ports=(5005,),
    trigger=Trigger("TEST 5_1 LOST MESSAGE HANDLING"),
    checks=CHECKS,
    play=play,
)
