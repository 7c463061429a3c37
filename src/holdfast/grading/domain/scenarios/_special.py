"""Playing "listen, and echo only the special message".

PURE. Ordinary chats surround the special one. Whether echoing an ordinary one fails is a rule of
the course (`echo_all_fails`).
"""

from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.scenarios._content import Mistakes, sentence, token
from holdfast.grading.domain.templates import contains, like, matching
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat

CHECKS = (
    CheckSpec("special", "the special message is echoed unchanged"),
    CheckSpec("only the special", "no other chat is echoed"),
)


async def echoes_special(ctx: Context, client: Peer, mark: str) -> None:
    """Chats, one of which contains `mark`; that one comes back and no other."""
    rules = ctx.rules
    special = Chat(ctx.uid, f"{token(ctx.rand, 6)} {mark} {token(ctx.rand, 8)}")
    before, after = _ordinary(ctx), _ordinary(ctx)
    texts = {chat.text for chat in (*before, *after)}
    ordinary = like(Chat, text=matching(lambda text: text in texts, "an ordinary chat"))
    hint = f'An ordinary chat came back. Echo only the chat that contains "{mark}".'
    wrong: Mistakes = {ordinary: hint} if rules.echo_all_fails else {}
    wrong[like(Chat, text=contains(special.text))] = (
        "The special message came back with more text around it. Echo it unchanged."
    )
    await ctx.sleep(rules.lead_in_s)
    await _trickle(ctx, client, (*before, special))
    ctx.beside(_trickle(ctx, client, after))
    advice = f'Keep reading; the chat that contains "{mark}" comes among others.'
    within = rules.answer_s
    await client.until(special, within=within, check="special", wrong=wrong, hint=advice)
    if rules.echo_all_fails:
        silence_s = rules.silence_s
        await client.expect_silence(silence_s, ordinary, check="only the special", hint=hint)
    else:
        ctx.check("only the special", True)


def _ordinary(ctx: Context) -> tuple[Chat, ...]:
    count = ctx.rand.randint(1, max(1, ctx.rules.special_neighbours))
    return tuple(Chat(ctx.uid, f"message {sentence(ctx.rand, 24)}") for _ in range(count))


async def _trickle(ctx: Context, client: Peer, chats: tuple[Chat, ...]) -> None:
    for chat in chats:
        await client.send(chat)
        await ctx.sleep(ctx.rules.lead_in_s)
