"""Clients that answer chats: echo one, tell the excess of a long one, echo only the special one.

PURE. `answer` is what a client makes of a chat; a broken client is one with another `answer`.
"""

from collections.abc import Callable, Sequence

from holdfast.grading.domain.reference.greeting import WAIT_S
from holdfast.grading.domain.scenario import Peer
from holdfast.grading.domain.templates import like
from holdfast.grading.wire.course import Chat
from holdfast.grading.wire.message import Message

Answer = Callable[[Chat], Sequence[Message | bytes]]
"""What goes back for a chat: messages, raw bytes, or nothing."""

LIMIT_BYTES = 4000


def echo(chat: Chat) -> Sequence[Message | bytes]:
    """The chat itself."""
    return (chat,)


def excess(chat: Chat) -> Sequence[Message | bytes]:
    """By how many bytes a chat is over the limit, a character counting 2; nothing for others."""
    over = 2 * len(chat.text) - LIMIT_BYTES
    return (Chat(chat.recipient, str(over)),) if over > 0 else ()


def echo_special(mark: str) -> Answer:
    """Echo a chat that contains `mark`, and nothing else."""
    return lambda chat: (chat,) if mark in chat.text else ()


async def answers_chats(peer: Peer, answer: Answer) -> None:
    """Answer chats until one of them got an answer; errors and stray bytes are passed over."""
    replies: Sequence[Message | bytes] = ()
    while not replies:
        replies = answer(await peer.until(like(Chat), within=WAIT_S))
        for reply in replies:
            await peer.send(reply)
