"""Requests are due by a clock of their own, at the rate that think time and users make."""

from random import Random

from holdfast.platform.load.schedule import Schedule


def test_the_rate_is_users_by_think_time_from_the_first_second_on() -> None:
    schedule = Schedule(1_000, 10.0, Random(1).random)
    seen = []
    while schedule.next_due() < 20.0:
        seen.append(schedule.take()[0])
    first = sum(due < 10.0 for due in seen)
    assert 900 < first < 1_100
    assert 900 < len(seen) - first < 1_100
    assert seen == sorted(seen)


def test_the_same_dice_make_the_same_crowd() -> None:
    one, two = (Schedule(5, 1.0, Random(7).random) for _ in range(2))
    assert [one.take() for _ in range(20)] == [two.take() for _ in range(20)]
