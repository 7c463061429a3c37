"""Playing "lost messages": some acknowledgements are left out, the client must notice.

PURE. Shared by 2024-a3-t1 and 2025-5_1.
"""

from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.scenarios._numbered import Desk, numbered_chats
from holdfast.grading.domain.scenarios._udp import announce_verdict, explained
from holdfast.grading.domain.verdict import CheckSpec

CHECKS = (
    CheckSpec("returned", "every numbered chat comes back unchanged"),
    CheckSpec("sent again", "chats without an acknowledgement are sent again until they have one"),
)


async def reconciles(ctx: Context, client: Peer) -> None:
    """Numbered chats out and back; acknowledgements, some of them only the second time."""
    announce_verdict(ctx)
    chats = numbered_chats(ctx)
    dropped = min(ctx.rules.dropped_acks, len(chats))
    desk = Desk(ctx, client, chats, unlucky=ctx.rand.sample(chats, dropped))
    for chat in chats:
        await client.send(chat)
        await desk.serve(ctx.rules.message_gap_s)
    await desk.finish()
    missing, about = desk.explain_missing()
    if missing and not desk.has_strangers:
        missing = await explained(client, missing)
    ctx.require("returned", not missing, hint=missing, about=about)
    waiting = desk.explain_unacknowledged()
    ctx.require("sent again", not waiting, hint=waiting)
