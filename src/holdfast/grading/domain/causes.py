"""Causes: why many students fail the same check, folded from the hints that each of them got.

PURE. A hint quotes what the student sent; two students with the same mistake get different quotes.
So quotes and numbers are left out, and what stays is the mistake. A hint that names its mistake
("Probably: byte order swapped. ...") is that mistake, whatever stands behind.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import UserId

MAX_FAILURES = 20_000
"""Failures that are folded at once: a thousand students, stuck at every test."""
MAX_CAUSE_CHARS = 240
"""Of a cause in words; a longer one is cut, and two that begin alike are one."""
ID_HEX = 12
"""Of a cause's name in addresses."""
_NAMED = re.compile(r"Probably: ([^.]{1,120})\.")
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|(?<!\w)\'[^\']*\'(?!\w)')
_NUMBER = re.compile(r"-?\d[\d.,:]*\d|-?\d")


@dataclass(frozen=True, slots=True)
class Failure:
    """A student's newest failed attempt at a test: the check it failed first, and its hint."""

    attempt: AttemptId
    uid: UserId
    test: TestId
    check: str
    hint: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures of one check for one reason. `example` is the hint of the first of them."""

    id: str
    test: TestId
    check: str
    words: str
    example: str
    failures: tuple[Failure, ...]

    @property
    def students(self) -> int:
        return len({failure.uid for failure in self.failures})


def cause_words(hint: str) -> str:
    """What is the same in the hints of all who made this mistake; empty for no hint."""
    named = _NAMED.search(hint)
    if named:
        return named[1]
    words = _NUMBER.sub("#", _QUOTED.sub("“…”", hint))
    return " ".join(words.split())[:MAX_CAUSE_CHARS]


def cause_id(test: TestId, check: str, words: str) -> str:
    """The name of a cause in addresses: the same today and tomorrow."""
    return sha256("\0".join((test, check, words)).encode("utf-8", "replace")).hexdigest()[:ID_HEX]


def group_causes(failures: Iterable[Failure]) -> Sequence[Cause]:
    """The causes, those of most students first; within one, failures in the order given."""
    groups: dict[tuple[TestId, str, str], list[Failure]] = {}
    for failure in failures:
        key = failure.test, failure.check, cause_words(failure.hint)
        groups.setdefault(key, []).append(failure)
    causes = [
        Cause(cause_id(test, check, words), test, check, words, found[0].hint, tuple(found))
        for (test, check, words), found in groups.items()
    ]
    return sorted(causes, key=lambda one: (-one.students, one.test, one.check, one.words))
