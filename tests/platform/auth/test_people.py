"""Nouns: what a token may is never more than its owner may, names are plain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from holdfast.platform.auth.people import (
    MAX_NAME_CHARS,
    Account,
    Token,
    is_name,
    is_subject,
    of_account,
    of_token,
    plain_name,
)
from holdfast.platform.auth.roles import Action, Role
from tests.support.people import START

MIRA = Account(7, "mira", frozenset({Role.TEACHER}), "", "", "", False, START)
TOKEN = Token("abc", MIRA, "robot", frozenset({Action.TEACH, Action.OPERATE}), START, None)


def test_a_token_may_what_it_was_made_for_and_its_owner_may() -> None:
    principal = of_token(TOKEN)
    assert principal.actions == {Action.TEACH}
    assert (principal.name, principal.token_id, principal.by_cookie) == ("mira", "abc", False)


def test_a_person_may_all_that_their_roles_may() -> None:
    principal = of_account(MIRA, by_cookie=True)
    assert principal.may(Action.TEACH)
    assert not principal.may(Action.KEEP_PEOPLE)
    assert principal.account == 7


def test_a_token_ends_by_time_by_hand_and_with_its_owner() -> None:
    assert TOKEN.is_good(START)
    assert not replace(TOKEN, expires_at=START).is_good(START)
    assert replace(TOKEN, expires_at=START + timedelta(seconds=1)).is_good(START)
    assert not replace(TOKEN, revoked_at=START).is_good(START)
    assert not replace(TOKEN, account=replace(MIRA, is_disabled=True)).is_good(START)


@pytest.mark.parametrize("name", ["mira", "mira@uni.example", "a.b-c_d+1", "7"])
def test_names_are_plain(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", "Mira", "mira ceti", "<b>", "ä", "-x", "x" * 101, "a\n", "a\x00b", "mira\u0301"]
)
def test_what_could_deceive_is_no_name(name: str) -> None:
    assert not is_name(name)


def test_a_name_is_looked_up_without_case_and_blanks_and_is_cut() -> None:
    assert plain_name("  Mira@Uni.Example ") == "mira@uni.example"
    assert len(plain_name("x" * 10_000)) == MAX_NAME_CHARS
    assert plain_name("mi\0ra\u202e") == "mi\N{REPLACEMENT CHARACTER}ra\N{REPLACEMENT CHARACTER}"


def test_a_subject_is_an_id_or_a_code() -> None:
    assert is_subject("1234")
    assert is_subject("")
    assert not is_subject("12 34")
    assert not is_subject("x" * 65)
