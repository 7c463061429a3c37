"""Playing "echo my timestamp" over UDP.

PURE. The server sends `Timestamp: ...` to the address the trigger came from, again and again while
nothing comes back, for either datagram may be lost.
"""

from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.scenarios._content import Mistakes, stamp, token
from holdfast.grading.domain.scenarios._leases import announce_lease_verdict
from holdfast.grading.domain.templates import like, matching
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat

PREFIX = "Timestamp: "
CHECKS = (CheckSpec("echo", "the timestamp chat is echoed unchanged to the port it came from"),)


async def echoes_timestamp(ctx: Context, client: Peer, name: str) -> None:
    """Timestamp, echo. The echo may carry the client's own id or the recipient it got."""
    announce_lease_verdict(ctx, name)
    chat = Chat(ctx.trigger.recipient, f"{PREFIX}{stamp(ctx.rand)} {token(ctx.rand, 4)}")
    own = matching(lambda id_: id_ in (ctx.uid, chat.recipient), f"{chat.recipient}")
    echo = like(Chat, recipient=own, text=chat.text)
    bare = chat.text.removeprefix(PREFIX)
    wrong: Mistakes = {
        like(Chat, text=bare): f'Echo the whole text, with "{PREFIX.rstrip()}" in front.',
    }
    ctx.beside(_repeat(ctx, client, chat))
    advice = "Answer with the same socket that sent the trigger, to the address the chat came from."
    await client.until(echo, within=ctx.rules.answer_s, check="echo", wrong=wrong, hint=advice)


async def _repeat(ctx: Context, client: Peer, chat: Chat) -> None:
    wait_s = ctx.rules.udp_prompt_s
    while True:
        await client.send(chat)
        await ctx.sleep(wait_s)
        wait_s *= ctx.rules.prompt_growth
