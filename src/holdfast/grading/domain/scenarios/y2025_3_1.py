"""2025, assignment 3, test 3_1: send a message while holding a lease.

Over TCP, the client registers and sends the trigger while the user's lease is valid. Without one
the server answers an error that contains `no active lease`, and the test fails.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._leases import HOLDS, announce_lease_verdict, holds_lease


async def play(ctx: Context, client: Peer) -> None:
    """One look at the user's lease."""
    announce_lease_verdict(ctx, "TEST 3_1")
    await holds_lease(ctx, client)


SCENARIO = Scenario(
    id=TestId("2025-3_1"),
    title="Send a message while having an active lease",
    year=2025,
    assignment=3,
    transport="tcp",
    ports=(4446,),
    trigger=Trigger("TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE"),
    checks=HOLDS,
    play=play,
)
