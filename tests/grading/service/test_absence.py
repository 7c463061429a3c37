from holdfast.grading.service.absence import FIRST_MEETING_S, Absence


def test_who_was_never_met_is_missed_only_after_a_while_and_then_once() -> None:
    absence = Absence(since=100.0)
    assert not absence.missed(100.0)
    assert not absence.missed(100.0 + FIRST_MEETING_S - 1)
    assert absence.missed(100.0 + FIRST_MEETING_S)
    assert not absence.missed(100.0 + FIRST_MEETING_S + 1)


def test_who_comes_within_that_while_was_not_away() -> None:
    absence = Absence(since=100.0)
    assert not absence.missed(101.0)
    assert not absence.met()


def test_who_was_met_is_missed_at_once_and_its_return_is_news_once() -> None:
    absence = Absence(since=100.0)
    assert not absence.met()
    assert absence.missed(101.0)
    assert not absence.missed(102.0)
    assert absence.met()
    assert not absence.met()
    assert absence.missed(103.0)


def test_who_is_known_to_be_there_is_missed_at_once_though_it_never_answered_well() -> None:
    absence = Absence(since=100.0)
    absence.is_known = True
    assert absence.missed(100.0)
