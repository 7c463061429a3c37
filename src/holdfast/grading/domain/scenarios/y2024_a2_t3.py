"""2024, assignment 2, test 3: renew the lease.

Over TCP, the client registers, sends the trigger and renews by registering again, on the same or on
a new connection. Passed when the lease was never without cover for the test's length.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._leases import KEEPS, announce_lease_verdict, keeps_lease


async def play(ctx: Context, client: Peer) -> None:
    """Look at the user's lease whenever it would run out."""
    announce_lease_verdict(ctx, "TEST 3")
    await keeps_lease(ctx, client)


SCENARIO = Scenario(
    id=TestId("2024-a2-t3"),
    title="Renew the lease",
    year=2024,
    assignment=2,
    transport="tcp",
    ports=(4444,),
    trigger=Trigger("TEST 3 RENEW LEASE"),
    checks=KEEPS,
    play=play,
)
