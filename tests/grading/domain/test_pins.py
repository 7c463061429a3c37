"""Pins: a permutation that tells nothing, and an id that is found however it is written."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from holdfast.grading.domain.attempt import Incident, TestId
from holdfast.grading.domain.live_row import LiveRow
from holdfast.grading.domain.pins import Mask, ShownNumbers
from holdfast.grading.domain.roster import FIRST_SHOWN, MAX_SHOWN, Source
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import Divergence, Entry, EntryKind, Mismatch, encode
from holdfast.grading.domain.verdict import Check, CheckState
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from tests.support.seeded_class import play, raw_text, shouting

PIN, SMALL, OTHER = 7391, 7, 8264
NUMBERS = ShownNumbers(b"a key of this course")
MASK = Mask(NUMBERS, frozenset({PIN, SMALL, OTHER}))


def test_every_id_has_a_shown_number_of_its_own() -> None:
    shown = [NUMBERS.shown(uid) for uid in range(FIRST_SHOWN)]
    assert sorted(shown) == list(range(FIRST_SHOWN, MAX_SHOWN + 1))
    assert [NUMBERS.uid_of(number) for number in shown] == list(range(FIRST_SHOWN))


@pytest.mark.parametrize("number", [-1, FIRST_SHOWN, MAX_SHOWN + 1])
def test_what_is_no_id_stays_what_it_is(number: int) -> None:
    assert NUMBERS.shown(number) == number


@pytest.mark.parametrize("number", [-1, 0, PIN, FIRST_SHOWN - 1, MAX_SHOWN + 1])
def test_an_id_is_no_shown_number(number: int) -> None:
    assert NUMBERS.uid_of(number) is None


def test_another_key_gives_other_numbers() -> None:
    other = ShownNumbers(b"another key")
    same = sum(other.shown(uid) == NUMBERS.shown(uid) for uid in range(FIRST_SHOWN))
    assert same < 20


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("I am 7391.", "I am ####."),
        ("7391-8264", "####-####"),
        ("id7391x", "id####x"),
        ("0007", "####"),
        ("Test 7 of 2024", "Test 7 of 2024"),
        ("17391 and 73910", "17391 and 73910"),
        ("", ""),
    ],
)
def test_ids_go_out_of_texts(text: str, masked: str) -> None:
    assert MASK.text(text) == masked


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        (Chat(PIN, "7391 here"), Chat(NUMBERS.shown(PIN), "#### here")),
        (Chat(7777, "x"), Chat(7777, "x")),
        (Register(PIN, "h7391", 4444), Register(NUMBERS.shown(PIN), "h####", 4444)),
        (Register(SMALL, "h", OTHER), Register(NUMBERS.shown(SMALL), "h", 0)),
        (ErrorReply("User 8264?"), ErrorReply("User ####?")),
        (Registered(), Registered()),
    ],
    ids=["chat", "no-id", "register", "port", "error", "registered"],
)
def test_messages_keep_their_form(message: object, masked: object) -> None:
    assert isinstance(message, Chat | Register | ErrorReply | Registered)
    assert isinstance(masked, Chat | Register | ErrorReply | Registered)
    assert MASK.raw(COURSE.encode(message)) == COURSE.encode(masked)


@pytest.mark.parametrize(
    "spelling",
    [
        PIN.to_bytes(4, "big"),
        PIN.to_bytes(4, "little"),
        b"7391",
        "7391".encode("utf-16-be"),
        "7391".encode("utf-16-le"),
        SMALL.to_bytes(4, "big"),
    ],
    ids=["big", "little", "ascii", "utf-16-be", "utf-16-le", "small"],
)
def test_bytes_that_are_no_message_keep_their_length_and_lose_the_id(spelling: bytes) -> None:
    raw = b"\xff\x01" + spelling + b"\x09rest"
    found = MASK.raw(raw)
    assert found == b"\xff\x01" + b"#" * len(spelling) + b"\x09rest"


@pytest.mark.parametrize("client", [shouting, raw_text])
@pytest.mark.parametrize("test", ["2024-a1-t2", "2024-a1-t3", "2024-a2-t2", "2025-5_1"])
def test_a_played_transcript_holds_no_id(test: str, client: object) -> None:
    scenario = CATALOGUE[TestId(test)]
    told = play(scenario, PIN, shouting if client is shouting else raw_text).transcript
    plain, masked = encode(told).decode(), encode(MASK.transcript(told)).decode()
    assert "7391" in plain
    for spelling in ("7391", PIN.to_bytes(4, "big").hex(), b"7391".hex()):
        assert spelling not in masked
    assert str(NUMBERS.shown(PIN)) in masked


def test_a_comparison_loses_ids_and_bytes_that_are_no_hex() -> None:
    told = play(CATALOGUE[TestId("2024-a1-t2")], PIN, raw_text).transcript
    turn = Divergence(0, "7391!", Mismatch("recipient", "7391", "x7391", comment="not 7391"))
    broken = replace(told, trigger="no hex", result=None, divergence=turn)
    masked = MASK.transcript(broken)
    assert masked.trigger == ""
    assert masked.result is None
    assert masked.divergence == Divergence(
        0, "####!", Mismatch("recipient", str(NUMBERS.shown(PIN)), "x####", comment="not ####")
    )
    plain = MASK.transcript(replace(told, divergence=Divergence(0, "x")))
    assert plain.divergence == Divergence(0, "x")
    assert MASK.transcript(replace(told, divergence=None)).divergence is None


@pytest.mark.parametrize("uid", [PIN, None])
def test_an_incident_is_shown_by_number(uid: int | None) -> None:
    source = Source("192.0.2.7", 1)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    incident = Incident(now, "unknown", "id 7391", source, "node-1", 4444, None, b"7391")
    shown = MASK.incident(
        replace(incident, uid=None if uid is None else NUMBERS.uid_of(NUMBERS.shown(uid)))
    )
    assert shown.uid == (None if uid is None else NUMBERS.shown(uid))
    assert (shown.detail, shown.raw) == ("id ####", b"####")


def test_a_hint_loses_its_ids() -> None:
    check = Check("echo", CheckState.FAIL, 2, "you said 7391")
    assert MASK.check(check).hint == "you said ####"


def test_a_live_row_has_no_id_in_it_and_the_size_that_it_had() -> None:
    raw = COURSE.encode(Chat(PIN, f"I am {PIN}"))
    fields = (("recipient", str(PIN)), ("text", f"I am {PIN}"))
    entry = Entry(EntryKind.RECEIVED, 0.1, "client", "Chat", fields, raw.hex(), f"{PIN}!")
    masked = MASK.row(LiveRow(3, 2, len(raw), entry))
    assert (masked.number, masked.place, masked.size) == (3, 2, len(raw))
    assert str(PIN) not in repr(masked.entry)
    assert f"{PIN:08x}" not in masked.entry.raw
    assert dict(masked.entry.fields)["text"] == "I am ####"
