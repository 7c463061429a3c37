"""Unpaid holds: whose they are, and how many there may be."""

import pytest

from holdfast.flights.domain.hold_limits import (
    ANY_NUMBER,
    HoldLimit,
    HoldRules,
    buyers_in,
)

RULES = HoldRules(per_owner=100, per_person=4, per_network=20, serving=frozenset({"travel"}))
MIRA = (("person", "mira"), ("network", "192.0.2.7"))


def test_the_owner_of_a_token_has_a_number() -> None:
    assert RULES.limits("agency", ()) == (HoldLimit("agency", 100),)


def test_whom_an_owner_names_has_a_number_beside_the_owners() -> None:
    assert RULES.limits("agency", MIRA[:1]) == (
        HoldLimit("agency person mira", 4),
        HoldLimit("agency", 100),
    )


def test_who_serves_many_has_a_number_for_each_and_none_for_all() -> None:
    assert RULES.limits("travel", MIRA) == (
        HoldLimit("travel person mira", 4),
        HoldLimit("travel network 192.0.2.7", 20),
    )


def test_who_serves_many_and_names_nobody_has_the_owners_number() -> None:
    assert RULES.limits("travel", ()) == (HoldLimit("travel", 100),)


def test_where_no_number_is_set_nothing_is_counted() -> None:
    assert ANY_NUMBER.limits("agency", MIRA) == ()


@pytest.mark.parametrize(
    ("header", "buyers"),
    [
        ("person=mira", (("person", "mira"),)),
        (
            "person=K-_.x, network=2001:db8::/64",
            (("person", "K-_.x"), ("network", "2001:db8::/64")),
        ),
        ("", None),
        ("person=", None),
        ("person=a b", None),
        ("person=a,person=b", None),
        ("owner=a", None),
        ("person=" + 129 * "a", None),
        ("person=\N{LATIN SMALL LETTER U WITH DIAERESIS}", None),
    ],
    ids=str,
)
def test_a_header_names_each_kind_once(
    header: str, buyers: tuple[tuple[str, str], ...] | None
) -> None:
    assert buyers_in(header) == buyers
