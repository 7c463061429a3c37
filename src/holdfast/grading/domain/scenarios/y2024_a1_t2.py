"""2024, assignment 1, test 2: survive bytes that are no message.

The server sends a bare string (length and text, no message type), pauses, then sends a chat. The
client must come back into step and echo the chat, byte for byte.

The bare string is chosen so that its bytes, length included, are a multiple of four: clients that
skip unknown types read four bytes at a time. Its first four bytes are never a known type.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._content import Mistakes, sentence
from holdfast.grading.domain.templates import contains, like
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat, java_utf


async def play(ctx: Context, client: Peer) -> None:
    """Bare string, pause, chat, echo."""
    bare = sentence(ctx.rand, 4 * ctx.rand.randint(5, 15) + 2)
    chat = Chat(ctx.uid, sentence(ctx.rand, ctx.rand.randint(20, 60)))
    await ctx.sleep(ctx.rules.lead_in_s)
    await client.send(java_utf(bare))
    await ctx.sleep(ctx.rules.bare_pause_s)
    await client.send(chat)
    out_of_step = "The out-of-band string came back: it is no message. Skip it, echo only the chat."
    wrong: Mistakes = {like(Chat, text=contains(bare)): out_of_step}
    advice = "Bytes that are no message must not stop you: read on, echo the chat behind them."
    within = ctx.rules.answer_s
    await client.until(
        chat, within=within, check="echo", wrong=wrong, wrong_is_final=False, hint=advice
    )


SCENARIO = Scenario(
    id=TestId("2024-a1-t2"),
    title="Out of band protocol message",
    year=2024,
    assignment=1,
    transport="tcp",
    ports=(4444,),
    trigger=Trigger("TEST 2 OUT OF BAND PROTOCOL MESSAGE"),
    checks=(CheckSpec("echo", "the chat after the bare string is echoed byte for byte"),),
    play=play,
    announces=False,
)
