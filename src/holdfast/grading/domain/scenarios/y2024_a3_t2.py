"""2024, assignment 3, test 2: offline buffering of messages.

Over UDP port 7007. The server sends numbered chats, then a notice that the user is offline: the
client must stop sending and keep. The very next datagram is a notice that the user is online: the
client sends what it kept and the server acknowledges. The last word contains the test's name and
`SUCCESSFULLY PASSED`.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._offline import CHECKS, buffers


async def play(ctx: Context, client: Peer) -> None:
    """Chats out, Offline, silence, Online, chats back."""
    await buffers(ctx, client)


SCENARIO = Scenario(
    id=TestId("2024-a3-t2"),
    title="Offline buffering of messages",
    year=2024,
    assignment=3,
    transport="udp",
    ports=(7007,),
    trigger=Trigger("TEST 2 OFFLINE BUFFERING OF MESSAGES"),
    checks=CHECKS,
    play=play,
)
