"""2024, assignment 3, test 1: missing message reconciliation.

Over UDP port 5005. The server sends fewer than ten numbered chats whose text begins `Test 1`, the
number a single digit at index 21. The client returns each unchanged; the server acknowledges with
`Acknowledged message: ` and the text, leaving some out. The client re-sends what is unacknowledged.
The last word is `TEST 1 MISSING MESSAGE RECONCILIATION SUCCESSFULLY PASSED`.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._lost import CHECKS, reconciles


async def play(ctx: Context, client: Peer) -> None:
    """Chats out and back, some unacknowledged, chats again."""
    await reconciles(ctx, client)


SCENARIO = Scenario(
    id=TestId("2024-a3-t1"),
    title="Missing message reconciliation",
    year=2024,
    assignment=3,
    transport="udp",
    ports=(5005,),
    trigger=Trigger("TEST 1 MISSING MESSAGE RECONCILIATION"),
    checks=CHECKS,
    play=play,
)
