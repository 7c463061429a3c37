"""What scenarios say: random texts that nobody can know before the attempt, and hints.

PURE. All of it comes from the attempt's dice, is printable ASCII and holds no trigger, so an echo
can neither be prepared nor start another test.
"""

from typing import Any

from holdfast.grading.domain.scenario import Dice
from holdfast.grading.domain.templates import Like
from holdfast.grading.wire.message import Message

Mistakes = dict[Message | Like[Any], str]
"""Well-known wrong answers and their hints; `Any` because they may be of any message class."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz"
"""Without i, l and o: students compare by eye."""


def token(dice: Dice, letters: int) -> str:
    """So many random lower-case letters."""
    return "".join(dice.choice(_LETTERS) for _ in range(letters))


def sentence(dice: Dice, letters: int) -> str:
    """A text of exactly so many characters, in words of four letters."""
    words = " ".join(token(dice, 4) for _ in range(min(letters // 5 + 1, 40)))
    return (f"{words} " * (letters // len(words) + 1))[:letters].rstrip().ljust(letters, "x")


def clock_time(second_of_day: int) -> str:
    """HH:MM:SS, zero-padded."""
    minutes, second = divmod(second_of_day, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def stamp(dice: Dice) -> str:
    """A date and time of the course's year, to the millisecond. Not the real one."""
    day, second = dice.randint(1, 28), dice.randint(0, 86_399)
    return f"2024-11-{day:02} {clock_time(second)}.{dice.randint(0, 999):03}"
