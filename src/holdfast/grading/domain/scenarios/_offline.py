"""Playing "offline": the user is told to be offline, must keep still, then is online again.

PURE. What was returned before the Offline notice is not acknowledged, so the client has something
to keep. The Online notice is the very next datagram after the Offline notice: some clients look at
that one only. It is repeated, because some act only on a datagram that comes after it.
"""

from collections.abc import Callable

from holdfast.grading.domain.scenario import About, Context, Peer
from holdfast.grading.domain.scenarios._numbered import Desk, numbered_chats
from holdfast.grading.domain.scenarios._udp import announce_verdict, explained, hear
from holdfast.grading.domain.templates import quote
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat

OFFLINE = "User is now Offline and cannot receive messages."
ONLINE = "User is now Online and can receive messages."

SILENT = CheckSpec("silent while offline", "nothing is sent while the user is offline")
CHECKS = (SILENT, CheckSpec("delivered", "all chats are sent once the user is online"))


async def buffers(ctx: Context, client: Peer) -> None:
    """Numbered chats, Offline, silence, Online, the chats again, acknowledgements."""
    announce_verdict(ctx)
    chats = numbered_chats(ctx)
    for chat in chats:
        await client.send(chat)
        await ctx.sleep(ctx.rules.message_gap_s)
    await client.send(Chat(ctx.uid, OFFLINE))
    grace_s = ctx.rules.offline_grace_s
    silence = Silence(ctx, client, lambda chat: grace_s if chat in chats else None)
    await silence.holds(max(grace_s, ctx.rules.offline_s))
    ctx.check(SILENT.name, True)
    online = Chat(ctx.uid, ONLINE)
    await client.send(online)
    desk = Desk(ctx, client, chats)
    await desk.finish(prompts=(online,))
    missing, about = desk.explain_missing()
    if missing:
        missing = f"After the Online notice: {missing}"
    if missing and not desk.has_strangers:
        missing = await explained(client, missing)
    ctx.require("delivered", not missing, hint=missing, about=about)


class Silence:
    """Watches over a user who is offline, from now on.

    `grace_s` of a chat is how long after the notice it may still come, because the client had not
    read the notice when it was sent; None for chats that are not the test's (echoes of notices).
    """

    def __init__(self, ctx: Context, client: Peer, grace_s: Callable[[Chat], float | None]) -> None:
        self._ctx = ctx
        self._client = client
        self._grace_s = grace_s
        self._began_at = ctx.now

    async def holds(self, seconds: float) -> None:
        """Watch for so long; a chat of the test that comes too late fails the test.

        It may be read later than it came, even when the watch is over.
        """
        ctx = self._ctx
        until = ctx.now + seconds
        while (chat := await hear(ctx, self._client, max(0.0, until - ctx.now))) is not None:
            grace_s = self._grace_s(chat)
            offline_for_s = ctx.came_at(chat) - self._began_at
            if grace_s is not None and offline_for_s > grace_s:
                hint = (
                    f"{quote(chat.text)} came {offline_for_s:.1f} s after the Offline notice. "
                    "Keep what you have to send until the Online notice comes."
                )
                ctx.require(SILENT.name, False, hint=hint, about=About(chat))
