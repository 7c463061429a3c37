"""Clients that keep a lease alive by registering again, on the same or on a new connection.

PURE. A renewal that is too soon does no harm, one that is too late does: so a right client renews
a little after the minimum distance, and tries again soon when it was told that it is too soon
(another program of the same student may have registered meanwhile).
"""

from holdfast.grading.domain.reference.greeting import (
    next_chat,
    next_message,
    register_request,
    verdict_in,
)
from holdfast.grading.domain.reference.habits import Habits
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.wire.course import Chat, ErrorReply

SPARE_S = 1.0
"""Go on a little longer than the test lasts: its clock started after ours."""


def renewal_interval_s(rules: Rules) -> float:
    """An eighth more than the minimum distance: 135 s of 120 s."""
    return rules.renew_min_scaled_s * 1.125


async def renews(
    ctx: Context, server: Peer, habits: Habits, *, interval_s: float | None = None
) -> bool | None:
    """Renew until there is a verdict (returned) or the test must be over (None)."""
    wait_s = renewal_interval_s(ctx.rules) if interval_s is None else interval_s
    end_at = ctx.now + ctx.rules.lease_test_scaled_s + SPARE_S
    renew_at = ctx.now + wait_s
    while ctx.now < end_at:
        match await next_message(ctx, server, min(renew_at, end_at) - ctx.now):
            case None if ctx.now < end_at:
                if habits.renews_anew:
                    await server.close()
                await server.send(register_request(ctx))
                renew_at = ctx.now + wait_s
            case ErrorReply(text=text) if "too soon" in text:
                renew_at = ctx.now + wait_s / 4
            case Chat(text=text) if verdict_in(text) is not None:
                return verdict_in(text)
            case _:
                pass
    return None


async def hears_verdict(ctx: Context, server: Peer, seconds: float) -> bool | None:
    """The verdict, if a chat tells one within so many seconds."""
    until = ctx.now + seconds
    while ctx.now < until:
        chat = await next_chat(ctx, server, until - ctx.now)
        verdict = None if chat is None else verdict_in(chat.text)
        if verdict is not None:
            return verdict
    return None
