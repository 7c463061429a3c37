"""Guessing gets slower with every try, and nobody locks somebody else out for long."""

from datetime import timedelta

import pytest

from holdfast.platform.auth import brake
from holdfast.platform.auth.brake import ACCOUNT, ADDRESS, FORGOTTEN_S, PAIR, Count, Rule
from tests.support.people import START


def test_the_first_tries_are_free() -> None:
    assert brake.wait_s(PAIR, None, START) == 0
    assert brake.wait_s(PAIR, Count(PAIR.free - 1, START), START) == 0


def test_each_further_try_doubles_the_wait_up_to_its_end() -> None:
    waits = [brake.wait_s(PAIR, Count(PAIR.free + n, START), START) for n in range(12)]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == PAIR.longest_s
    assert brake.wait_s(PAIR, Count(10**9, START), START) == PAIR.longest_s


def test_waiting_helps_and_a_clock_that_goes_back_does_not() -> None:
    count = Count(PAIR.free + 2, START)
    assert brake.wait_s(PAIR, count, START + timedelta(seconds=1)) == 3
    assert brake.wait_s(PAIR, count, START + timedelta(seconds=4)) == 0
    assert brake.wait_s(PAIR, count, START - timedelta(seconds=100)) == 4


def test_an_hour_later_all_is_forgotten() -> None:
    later = START + timedelta(seconds=FORGOTTEN_S)
    assert brake.wait_s(Rule(0, 10_000), Count(30, START), later) == 0
    assert brake.tries_after(Count(30, START), later) == 1
    assert brake.tries_after(Count(30, START), START) == 31
    assert brake.tries_after(None, START) == 1


def test_an_account_that_strangers_guess_at_stays_reachable_for_its_owner() -> None:
    assert ACCOUNT.longest_s <= 30
    assert ADDRESS.longest_s >= 900 <= PAIR.longest_s


def test_the_longest_wait_counts() -> None:
    pair, place, owner = brake.counters("mira", "192.0.2.7")
    counts = [Count(PAIR.free + 1, START), None, Count(ACCOUNT.free + 3, START)]
    assert brake.longest_wait_s((pair, place, owner), counts, START) == 8
    assert brake.longest_wait_s((), (), START) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("nonsense", "nowhere"),
        ("", "nowhere"),
    ],
)
def test_an_address_stands_for_whom_it_was_given_to(address: str, network: str) -> None:
    assert brake.network_of(address) == network
    assert brake.counters("a", address)[1].key == f"address:{network}"
