"""What the commands do, on a store in memory: said in words, written down, secrets shown once."""

import argparse
import io
import sys
from typing import Any

import pytest

from holdfast.errors import Mistake
from holdfast.platform.auth import command_actions as actions
from holdfast.platform.auth.roles import Action, Role
from holdfast.platform.auth.secrets import TOKEN_PREFIX
from tests.support.people import PASSWORD, House


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password comes by standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))


def given(**values: Any) -> argparse.Namespace:
    usual = {"subject": "", "no_password": False, "scope": [], "days": 90, "purpose": "a robot"}
    return argparse.Namespace(**{**usual, **values})


async def test_an_account_is_made_and_can_log_in(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await actions.add(house.people, given(name="mira", role=["teacher"]))
    assert "mira can log in" in capsys.readouterr().out
    assert await house.try_in("mira", PASSWORD) == "mira"
    (_, made) = await house.people.entries(10)
    assert made.act == "account made"
    assert made.who.startswith("cli:")
    with pytest.raises(Mistake, match="already"):
        await actions.add(house.people, given(name="mira", role=["admin"], no_password=True))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"name": "Mira Ceti", "role": ["teacher"]}, "is no name"),
        ({"name": "mira", "role": ["student"]}, "needs --subject"),
        ({"name": "zz", "role": ["airline"], "subject": "Z Z"}, "--subject is"),
    ],
)
async def test_what_cannot_be_an_account_is_refused(
    house: House, values: dict[str, Any], why: str
) -> None:
    with pytest.raises(Mistake, match=why):
        await actions.add(house.people, given(**values))
    assert await house.people.accounts() == []


async def test_a_poor_password_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    with pytest.raises(Mistake, match="at least 12"):
        await actions.add(house.people, given(name="mira", role=["teacher"]))


async def test_locking_out_ends_sessions_and_letting_in_does_not_bring_them_back(
    house: House,
) -> None:
    secret = await house.session("mira")
    await actions.disable(house.people, given(name="mira"))
    assert await house.passport.of_session(secret) is None
    await actions.enable(house.people, given(name="mira"))
    assert await house.passport.of_session(secret) is None
    assert await house.try_in("mira", PASSWORD) == "mira"


async def test_a_new_password_and_new_roles(house: House) -> None:
    secret = await house.session("mira")
    await actions.set_password(house.people, given(name="mira"))
    assert await house.passport.of_session(secret) is None
    await actions.set_roles(house.people, given(name="mira", role=["operator"]))
    account = await house.people.account("mira")
    assert account is not None
    assert account.roles == {Role.OPERATOR}
    with pytest.raises(Mistake, match="Nobody is called"):
        await actions.set_roles(house.people, given(name="nobody", role=["operator"]))


async def test_a_token_is_shown_once(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await house.account("mira", Role.TEACHER)
    await actions.create_token(house.people, given(name="mira", scope=["results.read"]))
    text = capsys.readouterr().out.strip()
    assert text.startswith(TOKEN_PREFIX)
    found = await house.passport.of_token(text)
    await actions.show_tokens(house.people, given(name=""))
    await actions.show_audit(house.people, given(limit=10))
    shown = capsys.readouterr().out
    assert text not in shown
    assert "results.read" in shown
    assert found is None or found.actions == {Action.ALL_RESULTS}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"scope": ["people.keep"]}, "may not people.keep"),
        ({"days": 0}, "--days"),
        ({"days": 100_000}, "--days"),
        ({"purpose": "a\nb"}, "--for"),
    ],
)
async def test_a_token_may_no_more_than_its_owner_and_has_an_end(
    house: House, values: dict[str, Any], why: str
) -> None:
    await house.account("mira", Role.TEACHER)
    with pytest.raises(Mistake, match=why):
        await actions.create_token(house.people, given(name="mira", **values))
    assert await house.people.tokens(None) == []


async def test_a_token_is_revoked_by_its_id(house: House) -> None:
    text = await house.token(await house.account("mira"))
    (token,) = await house.people.tokens(None)
    await actions.revoke_token(house.people, given(token_id=token.token_id))
    assert await house.passport.of_token(text) is None
    with pytest.raises(Mistake, match="no working token"):
        await actions.revoke_token(house.people, given(token_id=token.token_id))


async def test_the_list_of_accounts_has_no_password(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.account("mira", Role.STUDENT, subject="1234")
    await actions.show_accounts(house.people, given())
    shown = capsys.readouterr().out
    assert "mira" in shown
    assert "1234" in shown
    assert "argon2" not in shown
