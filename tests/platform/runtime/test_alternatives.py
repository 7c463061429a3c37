"""Of several addresses the one that answered last is asked first."""

from holdfast.platform.runtime.alternatives import Alternatives, addresses


def test_the_first_is_asked_until_it_fails_and_then_the_next_in_a_circle() -> None:
    ways = Alternatives("a", "b")
    assert ways.all == ("a", "b")
    assert ways.now == "a"
    ways.failed("a")
    assert ways.now == "b"
    ways.failed("b")
    assert ways.now == "a"


def test_late_news_of_one_that_is_not_asked_any_more_change_nothing() -> None:
    ways = Alternatives("a", "b", "c")
    ways.failed("a")
    ways.failed("a")
    assert ways.now == "b"


def test_one_alone_stays() -> None:
    ways = Alternatives("a")
    ways.failed("a")
    assert ways.now == "a"


def test_a_setting_names_several_by_commas() -> None:
    assert addresses(" http://a:1/, http://b:2 ,") == ("http://a:1", "http://b:2")
    assert addresses("") == ()
