"""Playing with numbered chats over UDP: they are sent, come back, and are acknowledged.

PURE. The desk takes returned chats in and hands acknowledgements out. It leaves some out on
purpose, ignores echoes of its own words, and remembers what came nearest to a chat that is missing,
because that is what a student needs to hear. A numbered chat has its single digit at index 21 of
the text: that is where clients read it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from holdfast.grading.domain.scenario import About, Context, Peer
from holdfast.grading.domain.scenarios._content import token
from holdfast.grading.domain.scenarios._udp import Patience, hear
from holdfast.grading.domain.templates import Difference, compare
from holdfast.grading.wire.course import Chat

ACKNOWLEDGED = "Acknowledged message: "
DIGIT_AT = 21
KEPT_STRANGERS = 50
"""Unexpected chats that are compared with the missing ones: enough for a hint, bounded."""


def numbered_chats(ctx: Context) -> tuple[Chat, ...]:
    """`Test 1 <random> message #<digit>`, in order; nothing follows the digit."""
    numbers = range(1, ctx.rules.numbered_messages + 1)
    return tuple(Chat(ctx.uid, f"Test 1 {token(ctx.rand, 4)} message #{n}") for n in numbers)


@dataclass(slots=True)
class Progress:
    """What is known of one numbered chat. Times are the attempt's; None is not yet."""

    returned_at: float | None = None
    acked_at: float | None = None
    was_hasty: bool = False


class Desk:
    """Where numbered chats come back. `unlucky` ones get no acknowledgement the first time."""

    def __init__(
        self, ctx: Context, peer: Peer, chats: Sequence[Chat], unlucky: Collection[Chat] = ()
    ) -> None:
        self._ctx = ctx
        self._peer = peer
        self._unlucky = unlucky
        self._progress = {chat: Progress() for chat in chats}
        self._strangers: list[Chat] = []

    @property
    def missing(self) -> list[Chat]:
        """Chats that have not come back."""
        return [chat for chat, known in self._progress.items() if known.returned_at is None]

    @property
    def unacknowledged(self) -> list[Chat]:
        """Chats that have no acknowledgement yet, whether they came back or not."""
        return [chat for chat, known in self._progress.items() if known.acked_at is None]

    @property
    def has_strangers(self) -> bool:
        """True if chats came that are no numbered ones."""
        return bool(self._strangers)

    async def serve(self, seconds: float) -> None:
        """Take in whatever comes for so long."""
        until = self._ctx.now + seconds
        while self._ctx.now < until:
            chat = await hear(self._ctx, self._peer, until - self._ctx.now)
            if chat is not None:
                await self.take(chat)

    async def finish(self, prompts: Sequence[Chat] = ()) -> None:
        """Serve until all are acknowledged or patience is over.

        From time to time send `prompts` again and the chats that are missing; without either,
        repeat an acknowledgement, for some clients act only on a datagram.
        """
        patience = Patience(self._ctx, self._ctx.rules.udp_prompt_s)
        while self.unacknowledged and not patience.is_over:
            chat = await hear(self._ctx, self._peer, patience.wait_s)
            if chat is not None and await self.take(chat):
                patience.progressed()
            if patience.is_prompt_due:
                patience.prompted()
                await self._prompt(prompts)

    async def take(self, chat: Chat) -> bool:
        """Take one chat in; acknowledge it or not. True if that got the client on."""
        known = self._progress.get(chat)
        if known is None:
            if not chat.text.startswith(ACKNOWLEDGED) and len(self._strangers) < KEPT_STRANGERS:
                self._strangers.append(chat)
            return False
        now, rules, came_at = self._ctx.now, self._ctx.rules, self._ctx.came_at(chat)
        if known.returned_at is None:
            known.returned_at = came_at
            if chat not in self._unlucky:
                await self._acknowledge(chat, known)
            else:
                self._ctx.note(f"Not acknowledged on purpose: {chat.text}")
            return True
        if known.acked_at is None:
            if came_at - known.returned_at < rules.resend_gap_s:
                known.was_hasty = True
                return False
            await self._acknowledge(chat, known)
            return True
        if now - known.acked_at >= rules.ack_gap_s:
            await self._acknowledge(chat, known)
        return False

    def explain_missing(self) -> tuple[str, About | None]:
        """On the chats that did not come back: a hint, empty when all did, and what came instead
        of one of them."""
        missing = self.missing
        if not missing:
            return "", None
        hint = f"{_names(missing)} never came back unchanged."
        nearest = self._nearest(missing)
        if nearest is not None:
            chat, about = nearest
            assert about.difference is not None, "it was compared"
            said = about.difference.describe(self._ctx.suspicion(about.message))
            return f"{hint} What came instead of #{chat.text[DIGIT_AT]}: {said}", about
        for stranger in self._strangers:
            suspicion = self._ctx.suspicion(stranger)
            if suspicion:
                return f"{hint} Look at what came: {suspicion}", About(stranger)
        advice = "Return every chat you receive, byte for byte, to the port it came from."
        return f"{hint} {advice}", None

    def explain_unacknowledged(self) -> str:
        """One or two sentences on chats that came back but not again, empty when none."""
        waiting = [c for c in self.unacknowledged if self._progress[c].returned_at is not None]
        if not waiting:
            return ""
        hint = (
            f"{_names(waiting)} got no acknowledgement, on purpose, and did not come again. Keep "
            f'a chat and send it again until "{ACKNOWLEDGED}<its text>" arrives.'
        )
        if any(self._progress[chat].was_hasty for chat in waiting):
            gap_s = self._ctx.rules.resend_gap_s
            hint += f" A copy within {gap_s:g} s of the first is no answer to a missing one."
        return hint

    async def _acknowledge(self, chat: Chat, known: Progress) -> None:
        known.acked_at = self._ctx.now
        await self._peer.send(Chat(chat.recipient, f"{ACKNOWLEDGED}{chat.text}"))

    async def _prompt(self, prompts: Sequence[Chat]) -> None:
        for prompt in prompts:
            await self._peer.send(prompt)
        for chat in self.missing:
            await self._peer.send(chat)
        if not (prompts or self.missing):
            acked = [chat for chat, known in self._progress.items() if known.acked_at is not None]
            for chat in acked[:1]:
                await self._acknowledge(chat, self._progress[chat])

    def _nearest(self, missing: Sequence[Chat]) -> tuple[Chat, About] | None:
        """The missing chat and the stranger that are most alike, if they are at all."""
        best: tuple[Chat, Chat, Difference] | None = None
        for chat in missing:
            for stranger in self._strangers:
                difference = compare(chat, stranger)
                if difference is None or not _is_meant(chat, stranger):
                    continue
                if best is None or difference.nearness > best[2].nearness:
                    best = chat, stranger, difference
        return None if best is None else (best[0], About(best[1], best[2]))


def _is_meant(chat: Chat, stranger: Chat) -> bool:
    """True if the stranger seems to be the client's version of the chat."""
    theirs = stranger.text.casefold()
    return bool(theirs) and (chat.text.casefold() in theirs or theirs in chat.text.casefold())


def _names(chats: Sequence[Chat]) -> str:
    """`Message #3`, `Messages #1, #3`, `Messages #1 to #8`."""
    digits = [chat.text[DIGIT_AT] for chat in chats]
    if len(digits) == 1:
        return f"Message #{digits[0]}"
    if len(digits) > 2 and int(digits[-1]) - int(digits[0]) == len(digits) - 1:
        return f"Messages #{digits[0]} to #{digits[-1]}"
    return f"Messages {', '.join(f'#{digit}' for digit in digits)}"
