"""2024, assignment 1, test 3: a message that is too long.

The server sends a chat of more than 2000 ASCII characters. The limit is 4000 "bytes", where each
character counts 2. The client answers with a chat whose text is the decimal number of bytes over
the limit: 2 * characters - 4000.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios._content import Mistakes, sentence
from holdfast.grading.domain.templates import like, matching
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat

LIMIT_BYTES = 4000
LONG = matching(lambda text: isinstance(text, str) and len(text) > 2000, "the long chat")


async def play(ctx: Context, client: Peer) -> None:
    """Long chat, number."""
    chars = ctx.rand.randint(2001, 3900)
    await ctx.sleep(ctx.rules.lead_in_s)
    await client.send(Chat(ctx.uid, sentence(ctx.rand, chars)))
    right = Chat(ctx.uid, str(2 * chars - LIMIT_BYTES))
    wrong = known_mistakes(ctx.uid, chars)
    advice = f"Do not echo the long chat, answer its excess: {sum_for(chars)}."

    async def pass_over(_: Chat) -> None:
        ctx.note("The long chat came back: ignored.")

    client.background(like(Chat, text=LONG), pass_over)
    within = ctx.rules.answer_s
    await client.until(right, within=within, check="excess", wrong=wrong, hint=advice)


def sum_for(chars: int) -> str:
    """The sum that a student should have done."""
    return f"{chars} characters * 2 - {LIMIT_BYTES} = {2 * chars - LIMIT_BYTES}"


def known_mistakes(uid: int, chars: int) -> Mistakes:
    """Wrong answers to a chat of so many characters, and the hint that names each."""
    right = 2 * chars - LIMIT_BYTES
    said = {
        chars - 2000: "Each character counts 2 bytes; you counted 1 over a limit of 2000",
        chars - LIMIT_BYTES: "Each character counts 2 bytes; you counted 1",
        chars: "That is the number of characters, not how far they are over the limit",
        2 * chars: "That is the whole length; subtract the limit",
        -right: "The sign is wrong; subtract the limit from the length",
        right + 4: "You counted the 2 length bytes as characters; only the text counts",
        right + 20: "You counted the message's 10 header bytes; only the text counts",
        right + 10: "You counted the message's 10 header bytes; only the text counts",
        right + 2: "Off by one character; perhaps you counted a terminator",
        right - 2: "Off by one character; the last one counts too",
    }
    wrong: Mistakes = {
        Chat(uid, str(number)): f"{why}: {sum_for(chars)}."
        for number, why in said.items()
        if number != right
    }
    number = matching(lambda text: _is_number(text) and text != str(right), "a wrong number")
    wrong[like(Chat, text=number)] = f"The number is wrong: {sum_for(chars)}."
    return wrong


def _is_number(text: object) -> bool:
    return isinstance(text, str) and text.removeprefix("-").isdecimal()


SCENARIO = Scenario(
    id=TestId("2024-a1-t3"),
    title="Exceeding the maximum message length",
    year=2024,
    assignment=1,
    transport="tcp",
    ports=(4444,),
    trigger=Trigger("TEST 3 EXCEEDING MAX MESSAGE LENGTH"),
    checks=(CheckSpec("excess", "the answer is the number of bytes over the limit"),),
    play=play,
    announces=False,
)
