"""Arguments and settings become questions at the desk."""

import argparse
from datetime import date
from pathlib import Path

import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.flights.entrypoints.desk.booking import Person
from holdfast.flights.wiring import desk
from holdfast.flights.wiring.commands import TASKS
from holdfast.flights.wiring.desk import id_of, person_of, token_of
from holdfast.flights.wiring.settings import DEMO_TOKEN
from tests.flights.wiring.settings import effective


def given(task: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    next(each for each in TASKS if each.name == task).arguments(parser)
    return parser.parse_args(words)


def test_the_token_that_is_given_is_used_first_then_this_machines_then_the_demos(
    tmp_path: Path,
) -> None:
    settings = effective({"fleet.data": tmp_path})
    assert token_of(given("audit", "--token", "t"), settings) == "t"
    assert token_of(given("audit"), settings) == DEMO_TOKEN
    (tmp_path / "flights.token").write_text("0" * 64 + "\n")
    assert token_of(given("audit"), settings) == "0" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mira,Ceti", Person("Mira", "Ceti", date(1990, 5, 17))),
        ("Mira, Ceti, 1981-02-03", Person("Mira", "Ceti", date(1981, 2, 3))),
        ("Mira,Ceti,1981-02-03,m", Person("Mira", "Ceti", date(1981, 2, 3), "m")),
    ],
)
def test_a_passenger_is_written_with_commas(text: str, expected: Person) -> None:
    assert person_of(text) == expected


@pytest.mark.parametrize("text", ["Mira", "Mira,Ceti,soon", "Mira,Ceti,1981-02-03,x", ""])
def test_a_passenger_that_is_written_wrongly_is_a_mistake(text: str) -> None:
    with pytest.raises(Mistake):
        person_of(text)


@pytest.mark.parametrize("text", ["", "../offers", "ord 1", "ord_1?x=1", "ord_ü"])
def test_what_is_no_id_never_gets_into_an_address(text: str) -> None:
    with pytest.raises(Mistake, match="is no id"):
        id_of(text)
    assert id_of("ord_00009hthhsUZ8W4LxQgkjo") == "ord_00009hthhsUZ8W4LxQgkjo"


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("search", ("FRA", "LHR", "2026-12-01")),
        ("status", ("ZZ100",)),
        ("book", ("off_1",)),
        ("order", ("ord_1",)),
        ("pay", ("ord_1",)),
        ("reprice", ("ord_1",)),
        ("cancel", ("ord_1",)),
        ("audit", ()),
        ("feeds", ()),
        ("approve", ("file",)),
        ("approve", ("price", "7")),
    ],
)
def test_every_task_asks_the_api_that_the_settings_name(task: str, words: tuple[str, ...]) -> None:
    settings = effective({"flights.api_url": "http://127.0.0.1:9"})
    with pytest.raises(HoldfastError, match=r"127\.0\.0\.1:9 does not answer"):
        getattr(desk, task)(given(task, *words), settings)


def test_deliver_looks_at_all_files_before_it_sends_one(tmp_path: Path) -> None:
    good = tmp_path / "BA.season.7.schedule.full.ssim"
    good.write_bytes(b"x")
    settings = effective({"flights.api_url": "http://127.0.0.1:9"})
    with pytest.raises(Mistake, match="is no name"):
        desk.deliver(given("deliver", str(good), "other.txt"), settings)
