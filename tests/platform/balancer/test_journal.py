"""Journals: all that was said, within their bounds, and what the client already has."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.journal import ENTRY_BYTES, Delivered, Journal, JournalBudget

PIECES = st.lists(st.binary(min_size=1, max_size=30), max_size=8)


def budget_of(each: int = 10_000, total: int = 100_000) -> JournalBudget:
    return JournalBudget(each, total)


def test_a_journal_tells_all_that_it_heard_and_noted_in_order() -> None:
    journal = Journal(budget_of())
    journal.heard(0.5, b"one")
    journal.noted(b"n1")
    journal.heard(0.75, b"two")
    resume = journal.resume(2.0, 3, "node-2")
    assert resume.pieces == ((0.5, b"one"), (0.75, b"two"))
    assert resume.notes == (b"n1",)
    assert (resume.age_s, resume.moves, resume.moved_from) == (2.0, 3, "node-2")


@given(PIECES, st.lists(st.integers(0, 240), max_size=5))
def test_a_stream_said_again_lets_only_the_rest_through_however_it_is_cut(told, cuts) -> None:
    journal = Journal(budget_of())
    for data in told:
        journal.told(data)
    delivered = Delivered(journal.resume(1.0, 1, "n"))
    whole = b"".join(told) + b"the rest"
    places = sorted({min(at, len(whole)) for at in cuts})
    pieces = [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]
    assert b"".join(delivered.rest_of(piece) for piece in pieces) == b"the rest"
    assert delivered.agrees


@given(PIECES)
def test_datagrams_said_again_are_no_news_and_those_behind_are(told) -> None:
    journal = Journal(budget_of())
    for data in told:
        journal.told_datagram(data)
    delivered = Delivered(journal.resume(1.0, 1, "n"))
    assert not any(delivered.is_news(data) for data in told)
    assert delivered.agrees
    assert delivered.is_news(b"more")


def test_saying_something_else_or_less_does_not_agree() -> None:
    journal = Journal(budget_of())
    journal.told(b"hello")
    resume = journal.resume(1.0, 1, "n")
    other, less = Delivered(resume), Delivered(resume)
    other.rest_of(b"hellO!")
    less.rest_of(b"hell")
    assert not other.agrees
    assert not less.agrees


def test_datagrams_merged_or_split_do_not_agree() -> None:
    journal = Journal(budget_of())
    journal.told_datagram(b"ab")
    journal.told_datagram(b"c")
    delivered = Delivered(journal.resume(1.0, 1, "n"))
    delivered.is_news(b"a")
    delivered.is_news(b"bc")
    assert not delivered.agrees


def test_a_journal_over_its_bound_is_spoilt_and_gives_everything_back() -> None:
    budget = budget_of(each=3 * (ENTRY_BYTES + 10))
    journal = Journal(budget)
    for _ in range(3):
        journal.heard(0.0, b"x" * 10)
    assert not journal.is_spoilt
    journal.noted(b"one too many")
    assert journal.is_spoilt
    assert journal.resume(1.0, 1, "n").pieces == ()
    assert budget.take(100_000)


def test_tiny_pieces_count_what_they_cost() -> None:
    journal = Journal(budget_of(each=ENTRY_BYTES * 4))
    for _ in range(4):
        journal.heard(0.0, b"x")
    assert journal.is_spoilt


def test_all_journals_together_have_a_bound() -> None:
    budget = budget_of(total=2 * (ENTRY_BYTES + 10))
    first, second, third = (Journal(budget) for _ in range(3))
    for journal in (first, second, third):
        journal.heard(0.0, b"x" * 10)
    assert [first.is_spoilt, second.is_spoilt, third.is_spoilt] == [False, False, True]
    first.spoil()
    first.spoil()
    again = Journal(budget)
    again.heard(0.0, b"x" * 10)
    assert not again.is_spoilt


def test_a_spoilt_journal_counts_nothing_more() -> None:
    journal = Journal(budget_of())
    journal.spoil()
    journal.told(b"hello")
    journal.told_datagram(b"hello")
    journal.heard(0.0, b"x")
    assert journal.resume(1.0, 1, "n").delivered == 0
