"""Playing over UDP: hear what comes, prompt when nothing does, give up in the end.

PURE. A datagram may be lost on the way, so every UDP test says its last word again while the client
is silent. Each prompt waits longer than the one before, because some clients act only on a silence.
"""

from holdfast.grading.domain.requests import Diverged
from holdfast.grading.domain.scenario import Context, Peer, first_of
from holdfast.grading.domain.templates import like, matching
from holdfast.grading.wire.course import Chat

PASSED = "SUCCESSFULLY PASSED"
FAILED = "FAILED"

_NEVER = like(Chat, text=matching(lambda _: False, "an answer to the test"))


class Patience:
    """When to prompt again, and when to give up because the client does not get on."""

    def __init__(self, ctx: Context, prompt_s: float) -> None:
        self._ctx = ctx
        self._interval_s = prompt_s
        self._prompt_at = ctx.now + prompt_s
        self._give_up_at = 0.0
        self.progressed()

    @property
    def is_over(self) -> bool:
        """Nothing new came for too long, or the test has lasted too long."""
        return self._ctx.now >= self._give_up_at

    @property
    def is_prompt_due(self) -> bool:
        return self._ctx.now >= self._prompt_at

    @property
    def wait_s(self) -> float:
        """Seconds until a prompt is due or it is over."""
        return max(0.0, min(self._prompt_at, self._give_up_at) - self._ctx.now)

    def not_before(self, seconds: float) -> None:
        """Do not prompt sooner than in so many seconds: the client is speaking."""
        self._prompt_at = max(self._prompt_at, self._ctx.now + seconds)

    def progressed(self) -> None:
        """Something new came: giving up waits anew, but never beyond the test's length."""
        rules = self._ctx.rules
        self._give_up_at = min(self._ctx.now + rules.udp_give_up_s, rules.udp_test_s)

    def prompted(self) -> None:
        """The next prompt waits longer."""
        self._interval_s *= self._ctx.rules.prompt_growth
        self._prompt_at = self._ctx.now + self._interval_s


async def hear(ctx: Context, peer: Peer, seconds: float) -> Chat | None:
    """The next chat, None when none comes for so long. Raises `Diverged` when the peer is gone."""
    _, chat = await first_of(peer.until(like(Chat), within=seconds + 1.0), ctx.after(seconds))
    return chat if isinstance(chat, Chat) else None


async def explained(peer: Peer, otherwise: str) -> str:
    """Why nothing usable came: what the datagrams that were no frames look like, or `otherwise`."""
    hint = otherwise
    try:
        await peer.until(_NEVER, within=0.0)
    except Diverged as divergence:
        if divergence.entry is not None:
            hint = divergence.hint
    return hint


def announce_verdict(ctx: Context) -> None:
    """Let the test end with `<its trigger> SUCCESSFULLY PASSED` or `... FAILED`."""
    name = ctx.trigger.text
    ctx.announce(
        passed=Chat(ctx.trigger.recipient, f"{name} {PASSED}"),
        failed=Chat(ctx.trigger.recipient, f"{name} {FAILED}"),
    )
