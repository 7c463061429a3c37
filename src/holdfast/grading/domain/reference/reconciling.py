"""Clients that return numbered chats over UDP until each one is acknowledged.

PURE. One client for lost messages and for being offline: while offline it keeps still and keeps
what it has; when online again it sends it.
"""

from collections.abc import Callable, Sequence

from holdfast.grading.domain.reference.greeting import next_chat, verdict_in
from holdfast.grading.domain.reference.habits import Habits, Resend
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.wire.course import Chat
from holdfast.grading.wire.message import Message

ACKNOWLEDGED = "Acknowledged message: "
PATIENCE_S = 30.0
"""Stop waiting for a verdict when nothing was heard for so long: it was lost on the way."""

Version = Callable[[Chat], Sequence[Message | bytes]]
"""What a client sends for a numbered chat: right is the chat itself."""


async def reconciles(
    ctx: Context, udp: Peer, first: Chat, habits: Habits, version: Version
) -> bool | None:
    """Return chats until the verdict (returned); None when it never came."""
    pending: dict[str, Chat] = {}
    is_online = True
    heard: Chat | None = first
    heard_at = ctx.now
    while ctx.now - heard_at < PATIENCE_S:
        is_due = heard is None or habits.resend is Resend.ON_DATAGRAM
        if heard is not None:
            heard_at = ctx.now
            verdict = verdict_in(heard.text)
            if verdict is not None:
                return verdict
            if "now Offline" in heard.text:
                is_online = False
            elif "now Online" in heard.text:
                is_online = is_due = True
            elif not heard.text.startswith(ACKNOWLEDGED):
                pending[heard.text] = heard
            elif not habits.forgets_acks:
                pending.pop(heard.text.removeprefix(ACKNOWLEDGED), None)
        if is_due and is_online:
            await _send_all(udp, pending, version)
        heard = await next_chat(ctx, udp, habits.silence_s)
    return None


async def _send_all(udp: Peer, pending: dict[str, Chat], version: Version) -> None:
    for chat in pending.values():
        for reply in version(chat):
            await udp.send(reply)
