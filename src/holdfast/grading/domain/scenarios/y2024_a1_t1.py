"""2024, assignment 1, test 1: is the user id right?

The client sends the trigger with its own id as the recipient. The server sends nothing, the client
answers nothing. Passed when the id belongs to a student of the course: for an unknown id no attempt
begins at all, the client gets an error and the event is recorded.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.verdict import CheckSpec


async def play(ctx: Context, _: Peer) -> None:
    """The attempt exists, so the id is known."""
    ctx.require("known id", ctx.trigger.recipient == ctx.uid, hint="The id is somebody else's.")


SCENARIO = Scenario(
    id=TestId("2024-a1-t1"),
    title="User id correctness",
    year=2024,
    assignment=1,
    transport="tcp",
    ports=(4444,),
    trigger=Trigger("TEST 1 USER ID CORRECTNESS"),
    checks=(CheckSpec("known id", "the trigger carries the id of a student"),),
    play=play,
    announces=False,
)
