"""Try a graded check with a client: right ones pass whatever their habits, wrong ones get hints."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.dice import SeededDice
from holdfast.grading.domain.events import Outcome
from holdfast.grading.domain.reference.clients import Part, client, part_of
from holdfast.grading.domain.reference.habits import USUAL, Greeting, Habits, Resend
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Play
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.verdict import Verdict
from tests.support.duel import Duel
from tests.support.virtual import QUICK, UID, Network

LEASE_TESTS = ("2024-a2-t1", "2025-3_1", "2024-a2-t3", "2025-4_1")
SORTING = ("2024-a3-t3", "2025-6_1", "2025-6_2")
NUMBERED = ("2024-a3-t1", "2024-a3-t2", "2025-5_1", "2025-5_2")


def duel(
    test: str,
    play: Play | None = None,
    *,
    habits: Habits = USUAL,
    seed: str = "seed",
    rules: Rules = QUICK,
    network: Network | None = None,
) -> Duel:
    """A duel that has been played, with the right client or with `play`."""
    player = client(TestId(test), habits, play)
    played = Duel(player, seed=seed, rules=rules, network=network or Network())
    played.run()
    return played


def outcome(test: str, play: Play | None = None, **options: object) -> Outcome:
    """The server's outcome of a duel; options as of `duel`."""
    found = duel(test, play, **options).outcome  # type: ignore[arg-type]
    assert found is not None
    return found


def hint(test: str, play: Play | None = None, **options: object) -> str:
    """The hints of a duel that must fail."""
    found = outcome(test, play, **options)
    assert found.verdict is Verdict.FAIL, found
    return "\n".join(check.hint for check in found.checks if check.hint)


def part(test: str, habits: Habits = USUAL) -> Part:
    """What a client of the test plays with."""
    return part_of(TestId(test), habits)


def all_habits(test: str) -> Iterator[Habits]:
    """Every way of being right that makes a difference in this test."""
    greetings = [Greeting.PATIENT, Greeting.HASTY, Greeting.ONE_SEGMENT]
    if test not in LEASE_TESTS:
        greetings += [Greeting.LATE, Greeting.NEVER]
    for greeting in greetings:
        if test in SORTING:
            for silence_s, repeats in product((1.0, 2.0), (True, False)):
                yield Habits(greeting, silence_s=silence_s, repeats=repeats)
        elif test in NUMBERED:
            for resend, forgets in product(Resend, (True, False)):
                yield Habits(greeting, resend=resend, silence_s=0.5, forgets_acks=forgets)
                yield Habits(greeting, resend=resend, silence_s=1.0, forgets_acks=forgets)
        elif test in LEASE_TESTS:
            for renews_anew in (True, False):
                yield Habits(greeting, renews_anew=renews_anew)
        else:
            yield Habits(greeting)


@dataclass
class QuietStage:
    """The least that a `Context` needs for functions that only throw dice or look at rules."""

    now: float = 0.0
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """See `Stage`."""
        self.notes.append(text)


def context(seed: str = "seed", rules: Rules = QUICK) -> Context:
    """A context for functions that do not await."""
    return Context(QuietStage(), UID, rules, SeededDice(seed), None)  # type: ignore[arg-type]


ALL_TESTS = tuple(CATALOGUE)
