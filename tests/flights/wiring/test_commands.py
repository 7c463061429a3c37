"""Every task of `holdfast flights` says what it does and takes what it needs."""

import argparse
from pathlib import Path

import pytest

from holdfast.flights.wiring.commands import COMMANDS, TASKS


def parse(name: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    next(task for task in TASKS if task.name == name).arguments(parser)
    return parser.parse_args(words)


def test_there_is_one_command_with_every_task() -> None:
    (flights,) = COMMANDS
    assert flights.tasks == TASKS
    assert all(task.summary for task in TASKS)
    assert len({task.name for task in TASKS}) == len(TASKS)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("search", "fra", "lhr", "2026-12-01"), {"origin": "FRA", "back": None, "json": False}),
        (("status", "ZZ100", "--json"), {"flight": "ZZ100", "date": "", "json": True}),
        (("book", "off_1", "--seat", "1A", "--hold"), {"seat": ["1A"], "hold": True}),
        (("order", "ord_1", "--token", "t"), {"order": "ord_1", "token": "t"}),
        (("pay", "ord_1"), {"order": "ord_1"}),
        (("cancel", "ord_1", "--quote"), {"quote": True}),
        (("audit",), {"json": False}),
        (("feeds",), {"airline": ""}),
        (("feeds", "zz"), {"airline": "ZZ"}),
        (("deliver", "a", "b"), {"files": [Path("a"), Path("b")], "json": False}),
        (("approve", "file"), {"number": None, "refuse": False}),
        (("approve", "price", "7", "--refuse"), {"number": 7, "refuse": True}),
        (("tokens", "create", "vega", "--scope", "read"), {"scope": ["read"], "test": False}),
        (("demo", "--out", "x", "--hours", "3"), {"hours": 3, "airlines": 6}),
    ],
)
def test_words_become_what_a_task_needs(
    words: tuple[str, ...], expected: dict[str, object]
) -> None:
    given = vars(parse(*words))
    assert {key: given[key] for key in expected} == expected


@pytest.mark.parametrize(
    "words",
    [("search", "FRA", "LHR"), ("search", "FRA", "LHR", "soon"), ("approve", "x"), ("demo",)],
)
def test_what_is_missing_or_wrong_is_told_by_the_parser(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(*words)
    assert "error" in capsys.readouterr().err
