"""The tests' pages: told from the tests' own declarations."""

from dataclasses import replace

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer, Trigger
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.catalogue import (
    build_list,
    build_test,
    description_of,
)
from holdfast.grading.pages.columns import columns_of

T2 = CATALOGUE[TestId("2024-a1-t2")]


def test_every_test_has_a_page_with_its_description_and_checks() -> None:
    for scenario in CATALOGUE.values():
        sheet = build_test(scenario, CATALOGUE, Rules(), 0)
        assert sheet.description, scenario.id
        assert sheet.checks == scenario.checks
        assert sheet.example is not None


def test_the_list_stands_below_assignments_with_the_ports_in_force() -> None:
    groups = build_list(CATALOGUE, columns_of(CATALOGUE), 1000)
    assert [entry.scenario.id for entry in groups[0].entries][1] == T2.id
    assert groups[0].entries[1].ports == (5444,)
    assert sum(len(group.entries) for group in groups) == len(CATALOGUE)


def test_a_page_leads_to_its_neighbours() -> None:
    columns = columns_of(CATALOGUE)
    first = build_test(CATALOGUE[columns[0].test], CATALOGUE, Rules(), 0)
    last = build_test(CATALOGUE[columns[-1].test], CATALOGUE, Rules(), 0)
    assert (first.before, last.after) == (None, None)
    assert first.after == columns[1]
    assert last.before == columns[-2]


def test_the_description_leaves_out_what_the_heading_says() -> None:
    text = "".join(run for run, _ in description_of(T2)[0])
    assert text == "Survive bytes that are no message."
    lost = description_of(CATALOGUE[TestId("2024-a3-t1")])
    assert "".join(run for run, _ in lost[0]).startswith("Over UDP port 5005.")


async def play(ctx: Context, peer: Peer) -> None:
    """Does nothing."""


play.__module__ = "nowhere.at.all"


def test_a_test_without_a_file_of_its_own_is_told_by_its_body() -> None:
    assert description_of(replace(T2, play=play)) == ((("Does nothing.", False),),)


def test_the_trigger_is_shown_in_bytes() -> None:
    example = build_test(T2, CATALOGUE, Rules(), 0).example
    assert example is not None
    assert example.size == 10 + len("TEST 2 OUT OF BAND PROTOCOL MESSAGE")
    shared = build_test(CATALOGUE[TestId("2024-a2-t2")], CATALOGUE, Rules(), 0).example
    assert shared is not None
    assert "".join(run.text for run in shared.lines[0].hex)[12:24] == "00 00 1e 61 "


def test_a_test_that_nothing_starts_has_no_example() -> None:
    for trigger in (None, Trigger("x" * 70_000)):
        odd = replace(T2, trigger=trigger)
        assert build_test(odd, {odd.id: odd}, Rules(), 0).example is None
