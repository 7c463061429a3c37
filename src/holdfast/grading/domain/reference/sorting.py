"""Clients that collect timestamped messages and send them back sorted, after a silence.

PURE. `order` makes the list out of what came; a broken client is one with another `order`.
"""

from collections.abc import Callable, Sequence

from holdfast.grading.domain.reference.greeting import next_chat, verdict_in
from holdfast.grading.domain.reference.habits import Habits
from holdfast.grading.domain.reference.reconciling import PATIENCE_S
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.wire.course import Chat

Order = Callable[[Sequence[str]], Sequence[str]]
"""The texts to send back for the texts that came."""


def by_time(texts: Sequence[str]) -> Sequence[str]:
    """Each text once, sorted by its time."""
    return sorted(set(texts), key=lambda text: text.rpartition("|")[2])


async def sorts(ctx: Context, udp: Peer, first: Chat, habits: Habits, order: Order) -> bool | None:
    """Collect, then send the list, until the verdict (returned); None when it never came.

    Without `habits.repeats` the list is sent again only when something new has come.
    """
    texts: list[str] = []
    is_online, is_due = True, True
    heard: Chat | None = first
    heard_at = ctx.now
    while ctx.now - heard_at < PATIENCE_S:
        if heard is not None:
            verdict = verdict_in(heard.text)
            if verdict is not None:
                return verdict
            heard_at, is_due = ctx.now, True
            if "now Offline" in heard.text:
                is_online = False
            elif "now Online" in heard.text:
                is_online = True
            else:
                texts.append(heard.text)
        elif is_online and is_due:
            is_due = habits.repeats
            await _send_list(ctx, udp, order(texts))
        heard = await next_chat(ctx, udp, habits.silence_s)
    return None


async def _send_list(ctx: Context, udp: Peer, texts: Sequence[str]) -> None:
    for text in texts:
        await udp.send(Chat(ctx.uid, text))
