"""The first start: a roster file is right as a whole or named line by line; a demo class else."""

import asyncio
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.grading.wiring.prepare import check, demo_roster, prepare
from holdfast.grading.wiring.store import opened_store
from tests.grading.wiring.settings import effective


def test_the_demo_roster_has_ids_that_fit_the_wire_and_are_different() -> None:
    uids = [user.uid for user in demo_roster()]
    assert len(uids) == len(set(uids))
    assert all(0 <= uid <= 9999 for uid in uids)
    assert 1234 in uids


def test_no_roster_is_fine() -> None:
    check(effective())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1,Vega\nx,Mira\n", "line 2"),
        ("1,Vega\n1,Mira\n", "line 2"),
        ("10000,Vega\n", "line 1"),
        ("", "no student"),
        ("\n".join(f"x{n},Vega" for n in range(9)), "and 4 more"),
    ],
)
def test_a_bad_roster_is_named_by_line_before_anything_starts(
    tmp_path: Path, text: str, named: str
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(text)
    with pytest.raises(Mistake, match=named):
        check(effective({"grading.roster": str(roster)}))


def test_a_roster_that_is_not_there_or_too_large_is_named(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"nowhere\.csv"):
        check(effective({"grading.roster": "nowhere.csv"}))
    large = tmp_path / "large.csv"
    large.write_bytes(b"1,Vega\n" * 200_000)
    with pytest.raises(Mistake, match="larger"):
        check(effective({"grading.roster": str(large)}))


async def roster_after(values: dict[str, object]) -> dict[int, str]:
    """Who is on the roster after a start with these settings."""
    settings = effective(values)
    await asyncio.to_thread(prepare, settings)
    async with opened_store(settings) as (_, store):
        return {user.uid: user.name for user in await store.results.users()}


async def test_an_empty_course_gets_the_demo_class_and_keeps_it(dsn: str) -> None:
    demo = {user.uid: user.name for user in demo_roster()}
    assert await roster_after({"database.dsn": dsn}) == demo
    assert await roster_after({"database.dsn": dsn}) == demo


async def test_a_roster_file_is_imported_on_every_start(dsn: str, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    values = {"database.dsn": dsn, "grading.roster": str(roster)}
    roster.write_text("uid,name\n1,Vega\n")
    assert await roster_after(values) == {1: "Vega"}
    roster.write_text("1,Vega of Lyra\n2,Mira\n")
    assert await roster_after(values) == {1: "Vega of Lyra", 2: "Mira"}


async def test_a_course_may_begin_without_anybody(dsn: str) -> None:
    assert await roster_after({"database.dsn": dsn, "grading.demo": False}) == {}
