import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.webhook import (
    FIRST_WAIT_S,
    GIVE_UP_S,
    LONGEST_WAIT_S,
    Target,
    is_address,
    is_public,
    target_of,
    wait_after,
)


def test_waits_double_from_the_first_to_the_longest() -> None:
    waits = [wait_after(tries, 0.0) for tries in range(1, 20)]
    assert waits[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits[-1] == LONGEST_WAIT_S


def test_tries_end_after_72_hours_and_not_much_before() -> None:
    age, tries = 0.0, 1
    while (wait := wait_after(tries, age)) is not None:
        age, tries = age + wait, tries + 1
    assert GIVE_UP_S - LONGEST_WAIT_S <= age <= GIVE_UP_S
    assert 20 <= tries <= 30


@given(st.integers(1, 10_000), st.floats(0, 1e9))
def test_no_wait_is_longer_than_the_longest(tries: int, age_s: float) -> None:
    wait = wait_after(tries, age_s)
    assert wait is None or 0 < wait <= LONGEST_WAIT_S


def test_http_and_https_urls_lead_somewhere() -> None:
    assert target_of("https://example.org/hook?x=1") == Target("https", "example.org", 443)
    assert target_of("http://127.0.0.1:8080/") == Target("http", "127.0.0.1", 8080)
    assert target_of("http://[::1]/") == Target("http", "::1", 80)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org:99999/",
        "https://[::1",
        "https://exa mple.org/",
        "https://exämple.org/",
        "https://example.org/\n",
        "gopher",
    ],
)
def test_other_texts_lead_nowhere(url: str) -> None:
    assert target_of(url) is None


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "example.org",
        "",
    ],
)
def test_all_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


def test_addresses_are_told_from_names() -> None:
    assert is_address("10.0.0.1")
    assert is_address("fe80::1%eth0")
    assert not is_address("example.org")
