"""The dice fall the same for the same question, and evenly over many."""

from holdfast.flights.domain.demo.dice import pick, roll


def test_the_same_question_has_the_same_answer() -> None:
    assert roll(1, "a", 2) == roll(1, "a", 2)
    assert roll(1, "a", 2) != roll(2, "a", 2)
    assert roll(1, "a", 2) != roll(1, "a2")


def test_many_questions_are_answered_evenly() -> None:
    rolls = [roll(1, number) for number in range(2_000)]
    assert all(0 <= each < 1 for each in rolls)
    assert 0.45 < sum(rolls) / len(rolls) < 0.55


def test_every_side_of_the_die_comes_up() -> None:
    assert {pick(1, 6, number) for number in range(200)} == set(range(6))
