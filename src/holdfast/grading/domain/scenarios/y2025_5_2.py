"""2025, assignment 5, test 5_2: buffered messaging while offline.

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
    id=TestId("2025-5_2"),
    title="Buffered messaging while offline",
    year=2025,
    assignment=5,
    transport="udp",
    ports=(7007,),
    trigger=Trigger("TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE"),
    checks=CHECKS,
    play=play,
)
