"""Playing "timestamp reordering": messages out in shuffled order, one sorted list back.

PURE. Shared by 2024-a3-t3, 2025-6_1 and, with the offline and online notices, 2025-6_2. The clients
wait for 1 to 2 s of silence, so the server prompts late.
"""

from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.scenarios._lists import Judge, Stamped, stamped_messages
from holdfast.grading.domain.scenarios._offline import OFFLINE, ONLINE, SILENT, Silence
from holdfast.grading.domain.scenarios._udp import Patience, announce_verdict, explained, hear
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat

SORTED = CheckSpec("sorted", "all messages come back, sorted by time, one datagram each")
CHECKS = (SORTED,)
CHECKS_OFFLINE = (SILENT, SORTED)


async def reorders(ctx: Context, client: Peer) -> None:
    """Shuffled messages out, a sorted list back."""
    announce_verdict(ctx)
    judge = Judge(stamped_messages(ctx), ctx.rules.list_gap_s)
    for stamped in judge.sent:
        await _send(ctx, client, stamped)
        await ctx.sleep(ctx.rules.message_gap_s)
    await _judge(ctx, client, judge)


async def reorders_offline(ctx: Context, client: Peer) -> None:
    """The same, but half of the messages come while offline; the list only after Online."""
    announce_verdict(ctx)
    rules = ctx.rules
    judge = Judge(stamped_messages(ctx), rules.list_gap_s)
    half = len(judge.sent) // 2
    early, late = judge.sent[:half], judge.sent[half:]
    for stamped in early:
        await _send(ctx, client, stamped)
        await ctx.sleep(rules.message_gap_s)

    def grace_s(chat: Chat) -> float | None:
        stamped = judge.knows(chat.text)
        # A late message was sent after the notice: whoever returns it has read the notice.
        return {True: rules.offline_grace_s, False: 0.0}[stamped in early] if stamped else None

    await client.send(Chat(ctx.uid, OFFLINE))
    silence = Silence(ctx, client, grace_s)
    for stamped in late:
        await _send(ctx, client, stamped)
        await silence.holds(rules.message_gap_s)
    await silence.holds(rules.offline_s)
    ctx.check(SILENT.name, True)
    online = Chat(ctx.uid, ONLINE)
    await client.send(online)
    await _judge(ctx, client, judge, online)


async def _send(ctx: Context, client: Peer, stamped: Stamped) -> None:
    await client.send(Chat(ctx.uid, stamped.text))


async def _judge(ctx: Context, client: Peer, judge: Judge, *prompts: Chat) -> None:
    """Hear lists until one is full or patience is over; prompt when there is a pause."""
    patience = Patience(ctx, ctx.rules.reorder_prompt_s)
    is_right: bool | None = None
    while is_right is None and not patience.is_over:
        chat = await hear(ctx, client, patience.wait_s)
        if chat is not None:
            is_right = judge.take(chat, ctx.came_at(chat))
            patience.not_before(judge.gap_s)
            if judge.got_on:  # a slow client, whose list a prompt would cut
                patience.progressed()
                patience.not_before(ctx.rules.reorder_prompt_s)
        elif patience.is_prompt_due:
            patience.prompted()
            judge.cut()
            for prompt in prompts:
                await client.send(prompt)
            for stamped in judge.missing():
                await _send(ctx, client, stamped)
    about = None
    if is_right is None:
        hint, about = judge.explain_missing(ctx.suspicion)
        if not judge.has_heard:
            hint = await explained(client, hint)
    else:
        hint = "" if is_right else judge.explain_order()
    ctx.require(SORTED.name, bool(is_right), hint=hint, about=about)
