"""Conversations: a transcript told as lines, and never more than a page can bear."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.live_row import LiveRow, live_rows
from holdfast.grading.domain.roster import Source, UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import Divergence, Entry, EntryKind, Transcript
from holdfast.grading.pages.conversation import (
    ANNOUNCEMENT,
    LONG,
    NOWHERE,
    SHORT,
    TRIGGER,
    Bounds,
    Conversation,
    lease_words,
    tell,
    tell_rows,
)
from holdfast.grading.wire.course import COURSE, Chat
from tests.support.playing import mismatch_of
from tests.support.seeded_class import echo, play, raw_text, rows_of, shouting


def transcript_of(test: str, client: object = echo) -> Transcript:
    return play(CATALOGUE[TestId(test)], 1000, client).transcript  # type: ignore[arg-type]


def with_entries(*entries: Entry, divergence: Divergence | None = None) -> Transcript:
    played = transcript_of("2024-a1-t1")
    return replace(played, entries=entries, divergence=divergence)


def titles(found: Conversation) -> list[str]:
    return [line.title for line in found.lines]


def test_the_trigger_opens_and_the_announcement_closes_the_conversation() -> None:
    lines = tell(transcript_of("2025-3_1")).lines
    assert (lines[0].number, lines[0].text, lines[0].who) == (-1, TRIGGER, "student")
    assert dict(lines[0].fields)["text"] == "TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE"
    assert (lines[-1].text, lines[-1].who) == (ANNOUNCEMENT, "server")


def test_a_test_that_announces_nothing_ends_with_its_last_check() -> None:
    assert tell(transcript_of("2024-a1-t2")).lines[-1].tone == "good"


def test_the_first_divergence_is_marked_in_its_line_with_the_byte() -> None:
    found = tell(transcript_of("2024-a1-t2", shouting))
    assert found.turn is not None
    line = next(line for line in found.lines if line.diverges)
    assert (line.number, line.who, line.tone) == (found.turn.line, "student", "in")
    assert line.dump is not None
    marked = [run.text for row in line.dump.lines for run in row.text if run.marked]
    assert len(marked) == 1
    assert marked[0].isupper()


def test_the_hint_of_the_divergence_is_not_said_again_by_its_check() -> None:
    found = tell(transcript_of("2024-a1-t2", shouting))
    check = next(line for line in found.lines if line.title == "check: echo")
    assert (check.tone, check.text) == ("bad", "")


def test_bytes_that_are_no_message_are_shown_with_their_explanation() -> None:
    found = tell(transcript_of("2025-3_2", raw_text))
    line = next(line for line in found.lines if line.title == "Bytes that are no message")
    assert line.who == "student"
    assert line.text
    assert line.dump is not None
    assert line.dump.size > 0


def test_what_looks_odd_is_told_once_and_where_it_diverges() -> None:
    odd = Entry(EntryKind.RECEIVED, 1.0, "client", "Chat", text="It ends with a zero byte.")
    found = tell(with_entries(odd, odd, odd, divergence=Divergence(1, "Another hint.")))
    assert [line.text for line in found.lines[1:]] == [odd.text, odd.text, ""]


def test_a_hint_that_says_it_all_is_not_said_twice_in_its_line() -> None:
    odd = Entry(EntryKind.RECEIVED, 1.0, "client", "Chat", text="It ends with a zero byte.")
    hint = f"There is more around it. {odd.text}"
    [_, line] = tell(with_entries(odd, divergence=Divergence(0, hint))).lines
    assert line.diverges
    assert line.text == ""
    differing = Divergence(0, hint, mismatch_of(Chat(7, "x"), Chat(7, "y")))
    assert tell(with_entries(odd, divergence=differing)).lines[1].text == odd.text


@pytest.mark.parametrize(
    ("kind", "tone", "who"),
    [
        (EntryKind.CLOSED, "note", "student"),
        (EntryKind.CLOSE, "note", "server"),
        (EntryKind.ANSWERED, "note", ""),
        (EntryKind.ABANDONED, "bad", "server"),
        (EntryKind.CUT, "bad", "server"),
        (EntryKind.MOVED, "note", "server"),
        (EntryKind.NOTE, "note", ""),
        (EntryKind.STALLED, "in", "student"),
        (EntryKind.OVERHEARD, "in aside", "student"),
        (EntryKind.ANSWERED_FOR, "out aside", "server"),
        (EntryKind.SENT, "out", "server"),
    ],
)
def test_every_kind_of_entry_is_told(kind: EntryKind, tone: str, who: str) -> None:
    line = tell(with_entries(Entry(kind, 1.0, text="because"))).lines[1]
    assert (line.tone, line.who) == (tone, who)
    assert line.title or line.text


def test_what_no_reader_needs_is_left_out() -> None:
    silent = [Entry(kind, 1.0) for kind in (EntryKind.TICK, EntryKind.ASKED, EntryKind.JOINED)]
    found = tell(with_entries(*silent))
    assert found.total == len(found.lines) == 1


def test_raw_bytes_that_are_no_hex_are_none() -> None:
    line = tell(with_entries(Entry(EntryKind.SENT, 1.0, raw="zz"))).lines[1]
    assert line.dump is not None
    assert line.dump.size == 0


def test_a_trigger_that_cannot_be_read_is_shown_as_bytes() -> None:
    broken = replace(transcript_of("2024-a1-t1"), trigger="ffff", entries=())
    line = tell(broken).lines[0]
    assert (line.title, line.fields) == ("Bare bytes", ())


def test_a_divergence_without_its_line_is_told_all_the_same() -> None:
    found = tell(with_entries(divergence=Divergence(99, "too late")))
    assert found.turn is not None
    assert (found.turn.line, found.turn.hint) == (NOWHERE, "too late")


def many(count: int, divergence: int | None = None) -> Transcript:
    entries = [Entry(EntryKind.SENT, at, raw="00" * 20) for at in range(count)]
    turn = None if divergence is None else Divergence(divergence, "here")
    return replace(with_entries(*entries, divergence=turn), trigger="")


def test_a_long_conversation_shows_its_ends_and_its_turn() -> None:
    bounds = Bounds(head=5, tail=3, around=1)
    found = tell(many(1000, divergence=500), bounds)
    assert [line.number for line in found.lines] == [0, 1, 2, 3, 4, 499, 500, 501, 997, 998, 999]
    assert [line.gap for line in found.lines if line.gap] == [494, 495]
    assert (found.total, found.left_out, found.shortened) == (1000, 989, True)


def test_a_turn_at_an_end_needs_no_lines_of_its_own() -> None:
    bounds = Bounds(head=5, tail=3, around=2)
    numbers = [line.number for line in tell(many(100, divergence=1), bounds).lines]
    assert numbers == [0, 1, 2, 3, 4, 97, 98, 99]


def test_a_conversation_that_nearly_fits_is_shown_whole() -> None:
    found = tell(many(SHORT.head + SHORT.tail))
    assert (found.left_out, found.shortened) == (0, False)


def test_all_dumps_together_are_bounded_but_the_diverging_one_is_shown() -> None:
    big = [Entry(EntryKind.SENT, 1.0, raw="00" * 5000) for _ in range(100)]
    found = tell(with_entries(*big, divergence=Divergence(99, "here")))
    shown = [line.dump.size - line.dump.hidden for line in found.lines if line.dump]
    assert sum(shown) <= SHORT.all_dumps + SHORT.dump_bytes
    assert (shown[-2], shown[-1]) == (0, SHORT.dump_bytes)
    assert found.shortened
    assert found.left_out == 0


def test_all_texts_together_are_bounded() -> None:
    chatty = [Entry(EntryKind.NOTE, 1.0, text="x" * 2000) for _ in range(100)]
    found = tell(with_entries(*chatty))
    assert sum(len(line.text) for line in found.lines) < SHORT.all_texts + 100 * 40
    assert found.shortened


def test_a_difference_far_inside_a_frame_is_in_its_dump() -> None:
    long = "word " * 200
    good, bad = Chat(7, long + "end"), Chat(7, long + "END")
    fields = (("recipient", "7"), ("text", bad.text[:256]))
    frame = Entry(EntryKind.RECEIVED, 1.0, "client", "Chat", fields, COURSE.encode(bad).hex())
    found = tell(with_entries(frame, divergence=Divergence(0, "here", mismatch_of(good, bad))))
    dump = found.lines[1].dump
    assert dump is not None
    marked = [run.text for row in dump.lines for run in row.text if run.marked]
    assert marked == ["E"]
    assert dump.before > 0


def test_showing_all_is_bounded_too() -> None:
    found = tell(many(45_000), LONG)
    assert len(found.lines) <= LONG.head + LONG.tail + 2 * LONG.around + 1


def test_a_lease_is_told_in_a_few_words() -> None:
    source = Source("192.0.2.1", 1)
    assert lease_words(None) == "none: never registered"
    active = Lease(UserId(1), source, 3.0, 1.0, 240.0, 1)
    assert lease_words(active) == "active for another 4 min, renewed once"
    assert lease_words(replace(active, renewals=3)).endswith("renewed 3 times")
    assert lease_words(replace(active, expires_in_s=-2.0)) == "ran out 2 s before"


def live(transcript: Transcript, *, but: slice = slice(0)) -> list[LiveRow]:
    """A transcript as a node tells it, some lines left out."""
    rows = rows_of(transcript)
    del rows[but]
    return list(live_rows(rows))


def test_rows_that_were_told_meanwhile_are_the_lines_of_the_transcript() -> None:
    played = transcript_of("2024-a1-t2")
    found = tell_rows(live(played))
    assert found == tell(played)
    assert found.lines[0].text == TRIGGER


def test_rows_that_were_not_told_are_a_gap() -> None:
    played = transcript_of("2024-a1-t2")
    kept = tell_rows(live(played, but=slice(1, 3)))
    assert [line.gap for line in kept.lines if line.gap] == [2]
    assert (kept.left_out, kept.shortened) == (2, True)


def test_a_long_message_is_told_by_its_size_until_the_end() -> None:
    played = transcript_of("2024-a1-t3")
    found = tell_rows(live(played))
    line = next(line for line in found.lines if line.withheld)
    assert (line.title, line.who, line.dump) == ("Chat", "server", None)
    assert line.withheld > 2_000


def test_many_rows_are_shown_from_both_ends() -> None:
    said = [Entry(EntryKind.NOTE, float(at), text=str(at)) for at in range(400)]
    rows = [LiveRow(at, at, 0, entry) for at, entry in enumerate(said)]
    found = tell_rows(rows)
    assert len(found.lines) == SHORT.head + SHORT.tail
    assert found.total == 400
