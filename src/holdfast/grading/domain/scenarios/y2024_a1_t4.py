"""2024, assignment 1, test 4: an error message is not a chat.

The server sends an error response, then a chat. The client must echo the chat, and only the chat.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger, first_of
from holdfast.grading.domain.scenarios._content import Mistakes, sentence
from holdfast.grading.domain.templates import contains, like
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat, ErrorReply


async def play(ctx: Context, client: Peer) -> None:
    """Error, chat, echo, then no echo of the error."""
    error = ErrorReply(f"This is an error: {sentence(ctx.rand, 24)}")
    chat = Chat(ctx.uid, sentence(ctx.rand, ctx.rand.randint(20, 60)))
    await ctx.sleep(ctx.rules.lead_in_s)
    await client.send(error)
    await ctx.sleep(ctx.rules.lead_in_s)
    await client.send(chat)
    echoed = "The error response came back. Show it to the user, and echo only the chat."
    answered = like(Chat, text=contains(error.text))
    wrong: Mistakes = {error: echoed, answered: echoed}
    advice = "An error response must not stop you: read on, echo the chat behind it."
    within = ctx.rules.answer_s
    await client.until(chat, within=within, check="echo", wrong=wrong, hint=advice)
    await first_of(
        client.expect_silence(ctx.rules.silence_s, error, check="only the chat", hint=echoed),
        client.expect_silence(ctx.rules.silence_s, answered, check="only the chat", hint=echoed),
    )


SCENARIO = Scenario(
    id=TestId("2024-a1-t4"),
    title="Handling an error message",
    year=2024,
    assignment=1,
    transport="tcp",
    ports=(4444,),
    trigger=Trigger("TEST 4 HANDLING ERROR MESSAGE"),
    checks=(
        CheckSpec("echo", "the chat after the error is echoed byte for byte"),
        CheckSpec("only the chat", "the error itself does not come back"),
    ),
    play=play,
    announces=False,
)
