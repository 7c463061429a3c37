"""2025, assignment 4, test 4_1: renew the lease.

Over TCP, the client registers, sends the trigger and renews by registering again, on the same or on
a new connection. Passed when the lease was never without cover for the test's length.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._leases import KEEPS, announce_lease_verdict, keeps_lease


async def play(ctx: Context, client: Peer) -> None:
    """Look at the user's lease whenever it would run out."""
    announce_lease_verdict(ctx, "TEST 4_1")
    await keeps_lease(ctx, client)


SCENARIO = Scenario(
    id=TestId("2025-4_1"),
    title="Renew the lease",
    year=2025,
    assignment=4,
    transport="tcp",
    ports=(4447,),
    trigger=Trigger("TEST 4_1 RENEW LEASE"),
    checks=KEEPS,
    play=play,
)
