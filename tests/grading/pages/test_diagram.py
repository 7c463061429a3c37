"""Space-time diagrams: who sent what when, drawn from the same lines as the conversation."""

from dataclasses import replace

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.conversation import Conversation, Line, tell
from holdfast.grading.pages.diagram import (
    LABEL_CHARS,
    MAX_MARKS,
    Diagram,
    build_diagram,
    shortened_label,
)
from tests.support.seeded_class import echo, play, shouting


def drawn(test: str, client: object = echo) -> Diagram:
    transcript = play(CATALOGUE[TestId(test)], 1000, client).transcript  # type: ignore[arg-type]
    found = build_diagram(tell(transcript))
    assert found is not None
    return found


def line(number: int, at_s: float = 0.0, tone: str = "in", **more: object) -> Line:
    blank = Line(number, at_s, tone, "student", "Chat")
    return replace(blank, **more)  # type: ignore[arg-type]


def of(*lines: Line) -> Diagram | None:
    return build_diagram(Conversation(lines, len(lines), None, False))


def test_messages_go_both_ways_and_time_goes_down() -> None:
    found = drawn("2024-a1-t2")
    assert (found.sent, found.received) == (2, 2)
    assert [mark.kind for mark in found.marks][:2] == ["in", "out"]
    heights = [mark.y for mark in found.marks]
    assert heights == sorted(set(heights))
    assert heights[-1] < found.height
    assert found.diverges_at_s is None


def test_the_divergence_is_marked_once_and_told_with_its_time() -> None:
    found = drawn("2024-a1-t2", shouting)
    (turn,) = [mark for mark in found.marks if mark.diverges]
    assert turn.kind == "in"
    assert found.diverges_at_s == float(turn.at)


def test_a_pause_is_written_and_a_short_one_is_not() -> None:
    found = of(line(0), line(1, 0.1), line(2, 12.1, "out"))
    assert found is not None
    assert [mark.pause for mark in found.marks] == ["", "", "12 s"]
    assert found.marks[2].y - found.marks[1].y > found.marks[1].y - found.marks[0].y


def test_checks_and_closings_stand_on_the_servers_line_and_notes_are_left_out() -> None:
    found = of(
        line(0),
        line(1, tone="note", title="lease"),
        line(2, tone="good", title="check: echo"),
        line(3, tone="note", title="closed the connection"),
    )
    assert found is not None
    assert [mark.kind for mark in found.marks] == ["in", "good", "note"]


def test_where_no_message_went_there_is_nothing_to_draw() -> None:
    assert of() is None
    assert of(line(0, tone="bad", title="check: echo")) is None


def test_a_long_conversation_keeps_its_ends_and_its_turn() -> None:
    lines = [line(at, at / 10, diverges=at == 500) for at in range(1000)]
    found = of(*lines)
    assert found is not None
    assert len(found.marks) <= MAX_MARKS
    assert found.marks[0].at == "0.000"
    assert found.marks[-1].at == "99.900"
    assert [mark.diverges for mark in found.marks].count(True) == 1
    assert sum(mark.left_out for mark in found.marks) == 1000 - len(found.marks)
    without = of(*(line(at) for at in range(1000)))
    assert without is not None
    assert len(without.marks) == MAX_MARKS


def test_labels_are_short_and_show_what_would_hide() -> None:
    assert shortened_label(line(0, fields=(("text", "a\u202eb"),))) == "Chat a\\u202eb"
    assert len(shortened_label(line(0, fields=(("text", "x" * 500),)))) == LABEL_CHARS
    assert shortened_label(line(0, fields=(("recipient", "7"),))) == "Chat"
