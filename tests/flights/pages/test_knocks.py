from holdfast.flights.pages.knocks import Knocks


def test_only_so_many_tries_are_let_through_in_a_window() -> None:
    knocks = Knocks(limit=2, window_s=60.0)
    assert [knocks.wait_s("a", 0.0), knocks.wait_s("a", 1.0)] == [0.0, 0.0]
    assert knocks.wait_s("a", 10.0) == 50.0


def test_each_key_counts_for_itself() -> None:
    knocks = Knocks(limit=1, window_s=60.0)
    knocks.wait_s("a", 0.0)
    assert knocks.wait_s("b", 0.0) == 0.0


def test_tries_that_were_refused_do_not_make_the_wait_longer() -> None:
    knocks = Knocks(limit=1, window_s=60.0)
    for second in range(5):
        knocks.wait_s("a", float(second))
    assert knocks.wait_s("a", 60.0) == 0.0


def test_a_flood_of_keys_takes_bounded_memory_and_the_oldest_goes_first() -> None:
    knocks = Knocks(limit=1, window_s=60.0, most_keys=3)
    for key in "abc":
        knocks.wait_s(key, 0.0)
    knocks.wait_s("a", 1.0)
    knocks.wait_s("d", 2.0)
    assert knocks.wait_s("a", 3.0) > 0.0
    assert knocks.wait_s("b", 3.0) == 0.0
