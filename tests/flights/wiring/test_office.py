"""Tokens are made where the database is; demo feeds are files that the ingest process fetches."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.flights.entrypoints.http.access import hash_of
from holdfast.flights.entrypoints.ingest.file_names import file_name_of
from holdfast.flights.service.ports.access import token_id_of
from holdfast.flights.wiring.commands import TASKS
from holdfast.flights.wiring.office import balance, demo, tokens
from holdfast.platform.auth.audit import Act, Recorded
from holdfast.platform.auth.opening import opened_by_owner
from holdfast.platform.runtime.config import Effective
from tests.flights.wiring.settings import effective


def given(task: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    next(each for each in TASKS if each.name == task).arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def settings(flights_dsn: str) -> Effective:
    return effective({"database.dsn": flights_dsn})


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_a_token_is_made_listed_and_ended(
    settings: Effective, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tokens(given("tokens", "create", "vega", "--scope", "feeds"), settings) == 0
    (text,) = said(capsys)
    assert text.startswith("duffel_live_")
    assert tokens(given("tokens", "list", "vega"), settings) == 0
    (_, row) = said(capsys)
    assert "feeds" in row
    assert text not in row
    assert tokens(given("tokens", "revoke", "vega", row.split()[0]), settings) == 0
    tokens(given("tokens", "list", "vega"), settings)
    assert "ended" in said(capsys)[-1]


def test_who_makes_and_ends_tokens_is_written_down_and_never_the_token(
    settings: Effective, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens(given("tokens", "create", "lyra", "--scope", "feeds"), settings)
    (text,) = said(capsys)
    id_ = token_id_of(hash_of(text))
    tokens(given("tokens", "revoke", "lyra", id_), settings)

    async def read() -> Sequence[Recorded]:
        async with opened_by_owner(settings) as people:
            return await people.entries(2)

    ended, made = asyncio.run(read())
    assert (ended.act, ended.target, ended.detail) == (Act.TOKEN_REVOKED, f"flights {id_}", "lyra")
    assert (made.act, made.target, made.detail) == (Act.TOKEN_MADE, f"flights {id_}", "lyra: feeds")
    assert made.who.startswith("cli:")
    assert text not in repr((ended, made))


def test_no_token_is_made_for_an_account(settings: Effective) -> None:
    with pytest.raises(Mistake, match="an account's"):
        tokens(given("tokens", "create", "person:mira"), settings)


def test_a_token_of_nobody_cannot_be_ended(settings: Effective) -> None:
    with pytest.raises(Mistake, match="no working token"):
        tokens(given("tokens", "revoke", "vega", "abc"), settings)


def test_usual_tokens_read_and_book(
    settings: Effective, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens(given("tokens", "create", "vega", "--test"), settings)
    assert said(capsys)[0].startswith("duffel_test_")
    tokens(given("tokens", "list", "vega"), settings)
    assert "book,read" in said(capsys)[-1]


def test_money_that_came_is_added_once_for_each_reference(
    settings: Effective, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens(given("tokens", "create", "altair"), settings)
    said(capsys)
    words = ("balance", "altair", "--add", "1000.00", "--reference", "transfer 7")
    assert balance(given(*words), settings) == 0
    assert said(capsys) == ["altair has 1000.00 EUR"]
    with pytest.raises(Mistake, match="transfer 7"):
        balance(given(*words, "--credit", "99"), settings)
    balance(given("balance", "altair", "--add", "0.50"), settings)
    balance(given("balance", "altair", "--add", "3", "--currency", "jpy"), settings)
    balance(given("balance", "altair", "--credit", "10"), settings)
    assert said(capsys) == ["altair has 1000.50 EUR", "altair has 3 JPY", "altair has 1000.50 EUR"]

    async def read() -> Sequence[Recorded]:
        async with opened_by_owner(settings) as people:
            return await people.entries(4)

    *_, first = entries = list(asyncio.run(read()))
    assert {entry.act for entry in entries} == {Act.BALANCE_CHANGED}
    assert (first.target, first.detail) == ("flights altair", "+1000.00 EUR: transfer 7")
    assert entries[0].detail == "credit 10 EUR"


@pytest.mark.parametrize("words", [("--add", "1,5"), ("--add", "-1"), ("--credit", "much")])
def test_what_is_no_amount_changes_nothing(settings: Effective, words: tuple[str, str]) -> None:
    with pytest.raises(Mistake, match="no amount"):
        balance(given("balance", "vega", *words), settings)


def test_money_for_nobody_is_refused(settings: Effective) -> None:
    with pytest.raises(Mistake, match="'opperator' has no token"):
        balance(given("balance", "opperator", "--add", "1000.00"), settings)


def test_the_demos_files_have_names_that_the_ingest_process_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--airlines", "2", "--routes", "1", "--hours", "2", "--from", "2026-12-01T06:00"]
    assert demo(given("demo", *words, "--out", str(tmp_path)), effective()) == 0
    assert "MB in" in said(capsys)[0]
    names = sorted(path.name for path in (tmp_path / "ZZ").iterdir())
    assert all(file_name_of(name) for name in names)
    feeds = [name.split(".")[1] for name in names]
    assert feeds.count("schedule") == 1
    assert feeds.count("fares") == 2
    again = tmp_path / "again"
    demo(given("demo", *words, "--out", str(again)), effective())
    for name in names:
        assert (again / "ZZ" / name).read_bytes() == (tmp_path / "ZZ" / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--airlines", "99"), "airlines"),
        (("--routes", "0"), "routes"),
        (("--hours", "0"), "--hours"),
        (("--from", "yesterday"), "yesterday"),
    ],
)
def test_a_world_that_cannot_be_is_a_mistake(
    tmp_path: Path, words: tuple[str, ...], named: str
) -> None:
    with pytest.raises(Mistake, match=named):
        demo(given("demo", "--out", str(tmp_path), *words), effective())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="file"):
        demo(given("demo", "--routes", "1", "--out", str(tmp_path / "file")), effective())


@pytest.mark.parametrize("code", ["ERU", "XTS", "EURO", "", "\x1b[2J"])
def test_what_is_no_currency_is_named_and_nothing_is_opened(settings: Effective, code: str) -> None:
    with pytest.raises(Mistake, match="is none of ISO 4217, such as EUR"):
        balance(given("balance", "altair", "--add", "1.00", "--currency", code), settings)
