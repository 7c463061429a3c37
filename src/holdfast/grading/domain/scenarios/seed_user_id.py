"""The seed's own prototype test, on TCP port 8080.

A chat that starts with `TEST 1 USER ID: ` passes when its text is exactly that prefix followed by
the chat's recipient id. The answer is the chat `TEST 1 USER ID CORRECTNESS PASSED` or `... FAILED`,
sent once the result is durable.
"""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.templates import quote
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat

PREFIX = "TEST 1 USER ID: "


async def play(ctx: Context, _: Peer) -> None:
    """Compare the text with the recipient."""
    recipient, text = ctx.trigger.recipient, ctx.trigger.text
    answer = "TEST 1 USER ID CORRECTNESS"
    ctx.announce(
        passed=Chat(recipient, f"{answer} PASSED"), failed=Chat(recipient, f"{answer} FAILED")
    )
    expected = f"{PREFIX}{recipient}"
    hint = f"The text must be {quote(expected)} for recipient {recipient}, got {quote(text)}."
    ctx.require("id in text", text == expected, hint=hint)


SCENARIO = Scenario(
    id=TestId("seed-user-id"),
    title="User id correctness (seed)",
    year=2026,
    assignment=1,
    transport="tcp",
    ports=(8080,),
    trigger=Trigger(PREFIX, prefix=True),
    checks=(CheckSpec("id in text", "the text names the recipient's id"),),
    play=play,
)
