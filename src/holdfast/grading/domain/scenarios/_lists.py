"""Timestamped messages, and the judge of the lists in which they come back.

PURE. A list is a run of datagrams with short pauses. A full list is judged at once: right, or wrong
with the first place that differs and what the order looks like. A list that is cut short by a pause
is forgotten, for a datagram may be lost and some clients send their list every second; so neither a
rotated nor a partial list is ever taken for a right one. Only a list that was right so far and goes
on right survives a pause: there are clients that wait between their datagrams.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holdfast.grading.domain.scenario import About, Context, Dice
from holdfast.grading.domain.scenarios._content import clock_time
from holdfast.grading.domain.templates import quote
from holdfast.grading.wire.course import Chat

KEPT_STRANGERS = 50
"""Unexpected texts that are looked at for a hint; bounded."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A timestamped message: `<number>|Message <number>|HH:MM:SS`. `second` is of the hour."""

    number: int
    second: int
    hour: int

    @property
    def time(self) -> str:
        return clock_time(self.hour * 3600 + self.second)

    @property
    def text(self) -> str:
        return self.numbered(self.number)

    def numbered(self, number: int) -> str:
        return f"{number}|Message {number}|{self.time}"


class Judge:
    """Judges lists. `sent` is the order in which the client got the messages."""

    def __init__(self, sent: Sequence[Stamped], gap_s: float) -> None:
        self.sent = sent
        self.gap_s = gap_s
        self.wanted = _by(sent, lambda stamped: stamped.second)
        anew = {stamped.numbered(rank): stamped for rank, stamped in enumerate(self.wanted, 1)}
        self._known = {**anew, **{stamped.text: stamped for stamped in sent}}
        self._strangers: list[Chat] = []
        self._list: list[Stamped] = []
        self._longest: list[Stamped] = []
        self._last_at = 0.0
        self._furthest = 0
        self.got_on = False
        """True if the last datagram brought a right list further than any list before."""

    def knows(self, text: str) -> Stamped | None:
        """The message with this text, as it was sent or numbered anew by its time."""
        return self._known.get(text)

    def take(self, chat: Chat, now: float) -> bool | None:
        """One datagram of the client's list, which came `now`. True or False once a list is full,
        None before."""
        self.got_on = False
        stamped = self.knows(chat.text)
        if stamped is None:
            if len(self._strangers) < KEPT_STRANGERS and chat.text:
                self._strangers.append(chat)
            return None
        if now - self._last_at > self.gap_s and not self._goes_on_right(stamped):
            self.cut()
        self._last_at = now
        if self._list and self._list[-1] == stamped:  # a duplicate, on the way or in their list
            return None
        if stamped in self._list:
            self.cut()
        self.got_on = len(self._list) >= self._furthest and self._goes_on_right(stamped)
        self._furthest += self.got_on
        self._list.append(stamped)
        if len(self._list) < len(self.sent):
            return None
        return self._list == self.wanted

    def cut(self) -> None:
        """The list ends here, unfinished."""
        if len(self._list) >= len(self._longest):
            self._longest = self._list
        self._list = []

    def _goes_on_right(self, stamped: Stamped) -> bool:
        return [*self._list, stamped] == self.wanted[: len(self._list) + 1]

    def missing(self) -> list[Stamped]:
        """What the longest list so far lacks; all of them when there was none."""
        return [stamped for stamped in self.sent if stamped not in self._longest]

    @property
    def has_heard(self) -> bool:
        """True if any chat came, of a list or not."""
        return bool(self._longest or self._list or self._strangers)

    def explain_order(self) -> str:
        """What is wrong with the full list."""
        wanted, got = self.wanted, self._list
        at = [a == b for a, b in zip(wanted, got, strict=True)].index(False)
        place = f"Place {at + 1} of your list: expected {wanted[at].time}, got {got[at].time}."
        return f"{place} {self._name_order()}"

    def explain_missing(self, suspicion: Callable[[Chat], str]) -> tuple[str, About | None]:
        """Why there was no full list, and the chat that shows it. `suspicion`: what looks odd."""
        self.cut()
        total, missing = len(self.sent), self.missing()
        if len(missing) < total:
            times = ", ".join(stamped.time for stamped in missing)
            return (
                f"Your longest list had {total - len(missing)} of {total} messages, without "
                f"{times}. After 1 to 2 s of silence send the whole list, with no pause of more "
                f"than {self.gap_s:g} s in it."
            ), None
        for chat in self._strangers:
            reason = f"{self._explain_stranger(chat.text)} {suspicion(chat)}".strip()
            if reason:
                return reason, About(chat)
        advice = f"After 1 to 2 s of silence, send all {total} messages back."
        return f"No sorted list came. {advice}", None

    def _explain_stranger(self, text: str) -> str:
        inside = [stamped for stamped in self.sent if stamped.text in text]
        if len(inside) > 1:
            return "Several messages came in one datagram: send each in a datagram of its own."
        if inside:
            whole = quote(inside[0].text)
            return f"Send the texts back unchanged: expected {whole}, got {quote(text)}."
        times = [stamped for stamped in self.sent if stamped.time in text]
        if times:
            whole = quote(times[0].text)
            return f"Send the whole text back, not a part: expected {whole}, got {quote(text)}."
        return ""

    def _name_order(self) -> str:
        wanted, got = self.wanted, self._list
        orders: tuple[tuple[Sequence[Stamped], str], ...] = (
            (self.sent, "That is the order in which they came: sort by the time in the text."),
            (wanted[::-1], "The latest comes first: sort from the earliest to the latest."),
            (_by(self.sent, lambda s: s.number), "That is sorted by number: sort by time."),
            (_by(self.sent, lambda s: s.text), "That is sorted as text: sort by time."),
            (_by(self.sent, lambda s: s.second % 60), "Only the seconds are sorted."),
            (_by(self.sent, lambda s: s.second // 60), "Only the minutes are sorted."),
        )
        for order, name in orders:
            if got == list(order):
                return name
        start = got.index(wanted[0])
        if got[start:] + got[:start] == wanted:
            return f"The list is rotated: the earliest is at place {start + 1}."
        return "Sort by the time in the text, earliest first."


def stamped_messages(ctx: Context) -> tuple[Stamped, ...]:
    """Messages within one hour in the order of sending: not sorted, reversed or rotated.

    Two of them share a minute.
    """
    dice, count = ctx.rand, ctx.rules.timestamped_messages
    slot = 3600 // (count - 1)
    seconds = [at * slot + dice.randint(0, slot - 1) for at in range(count - 1)]
    minute = dice.choice(seconds) // 60 * 60
    seconds.append(dice.choice([s for s in range(minute, minute + 60) if s not in seconds]))
    hour = dice.randint(0, 23)
    numbers = list(range(1, count + 1))
    if not ctx.rules.numbers_follow_time:
        dice.shuffle(numbers)
    pairs = zip(numbers, sorted(seconds), strict=True)
    return tuple(_shuffled(dice, [Stamped(number, second, hour) for number, second in pairs]))


def _shuffled(dice: Dice, ordered: list[Stamped]) -> list[Stamped]:
    shuffled = list(ordered)
    dice.shuffle(shuffled)
    start = shuffled.index(ordered[0])
    is_rotated = shuffled[start:] + shuffled[:start] == ordered
    if is_rotated or shuffled == ordered[::-1]:
        shuffled[0], shuffled[1] = shuffled[1], shuffled[0]
    return shuffled


def _by(messages: Sequence[Stamped], key: Callable[[Stamped], int | str]) -> list[Stamped]:
    return sorted(messages, key=key)
