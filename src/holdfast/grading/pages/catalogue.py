"""The law of the tests' pages: what a test does, told from its own declaration and nothing else.

The description is the text that opens the scenario's file, the bytes come from the messages'
declarations, the numbers from the settings in force. So the pages cannot say what is not so.
"""

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.pages.columns import Column, columns_of, groups_of
from holdfast.grading.pages.hexdump import Dump, dump
from holdfast.grading.pages.settings import SettingLine, settings_lines, settings_named_by
from holdfast.grading.pages.words import Paragraph, paragraph
from holdfast.grading.wire.course import COURSE, Chat
from holdfast.grading.wire.layout import ProtocolLayout, layout
from holdfast.grading.wire.message import EncodeError

EXAMPLE_UID = 1234
"""The id in example bytes; the protocol's own description uses it."""
EXAMPLE_BYTES = 512


@dataclass(frozen=True, slots=True)
class TestEntry:
    """A test in the list of all."""

    column: Column
    scenario: Scenario
    ports: tuple[int, ...]
    points: int


@dataclass(frozen=True, slots=True)
class TestGroup:
    """The tests of one assignment."""

    year: int
    assignment: int
    title: str
    entries: tuple[TestEntry, ...]


@dataclass(frozen=True, slots=True)
class TestSheet:
    """The page of one test."""

    entry: TestEntry
    description: tuple[Paragraph, ...]
    checks: tuple[CheckSpec, ...]
    settings: tuple[SettingLine, ...]
    example: Dump | None
    layout: ProtocolLayout
    before: Column | None
    after: Column | None


def build_list(
    catalogue: Mapping[TestId, Scenario], columns: Sequence[Column], port_offset: int
) -> tuple[TestGroup, ...]:
    """All tests below their assignments."""
    return tuple(
        TestGroup(
            group.year,
            group.assignment,
            group.title,
            tuple(_entry(catalogue[column.test], column, port_offset) for column in group.columns),
        )
        for group in groups_of(columns)
    )


def build_test(
    scenario: Scenario,
    catalogue: Mapping[TestId, Scenario],
    rules: Rules,
    port_offset: int,
) -> TestSheet:
    """Everything there is to know of one test of the catalogue."""
    columns = columns_of(catalogue)
    at = next(index for index, column in enumerate(columns) if column.test == scenario.id)
    names = settings_named_by(scenario.play)
    return TestSheet(
        entry=_entry(scenario, columns[at], port_offset),
        description=description_of(scenario),
        checks=scenario.checks,
        settings=settings_lines(rules, names) if names else (),
        example=_example(scenario),
        layout=layout(COURSE),
        before=columns[at - 1] if at else None,
        after=columns[at + 1] if at + 1 < len(columns) else None,
    )


def description_of(scenario: Scenario) -> tuple[Paragraph, ...]:
    """The text that opens the scenario's file; its body's own text if there is none."""
    module = sys.modules.get(scenario.play.__module__)
    text = (module.__doc__ if module else "") or scenario.play.__doc__ or ""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(text))
    blocks[0] = _without_place(blocks[0], scenario)
    return tuple(paragraph(block) for block in blocks if block.strip())


def _entry(scenario: Scenario, column: Column, port_offset: int) -> TestEntry:
    ports = tuple(port + port_offset for port in scenario.ports)
    return TestEntry(column, scenario, ports, sum(check.points for check in scenario.checks))


def _example(scenario: Scenario) -> Dump | None:
    """The bytes of the trigger as a student with the example id sends it."""
    trigger = scenario.trigger
    if trigger is None:
        return None
    recipient = EXAMPLE_UID if trigger.recipient is None else trigger.recipient
    text = f"{trigger.text}{recipient}" if trigger.prefix else trigger.text
    try:
        raw = COURSE.encode(Chat(recipient, text))
    except EncodeError:
        return None
    return dump(raw, EXAMPLE_BYTES)


def _without_place(block: str, scenario: Scenario) -> str:
    """The first sentence without year, assignment and title: the page's heading says them."""
    if block.startswith(f"{scenario.year},") and ": " in block:
        block = block.partition(": ")[2]
    if block.strip(" .\n").casefold() == scenario.title.casefold():
        return ""
    return block[:1].upper() + block[1:]
