"""Notes about events: read as written, small, and nothing else is taken for one."""

import zlib
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import DefiniteError
from holdfast.grading.domain.lease import Granted, Lease
from holdfast.grading.domain.roster import Source, UserId
from holdfast.grading.service.ledger_calls import split_answers
from holdfast.grading.service.session_exchange import (
    Abandon,
    Answer,
    BytesIn,
    DatagramIn,
    Eof,
    Gone,
    Moved,
    Tick,
)
from holdfast.grading.service.session_log import Began, Entry, LogError, began, entry, read
from tests.grading.service.test_session_origin import OPENED, place_of, recorded

LEASE = Lease(UserId(1234), Source("192.0.2.7", 5), 1.0, 2.0, 3.0, 4)


def test_a_log_begins_with_the_secret_and_the_date() -> None:
    origin = recorded(place_of())
    note = read(began(origin, OPENED.timestamp()))
    assert note == Began(origin.secret, OPENED.timestamp())


@given(st.binary(max_size=200), st.floats(0, 1e6))
def test_bytes_are_told_by_their_number_and_datagrams_by_a_checksum(data, at) -> None:
    origin = recorded(place_of())
    assert read(entry(BytesIn(data), at, origin)) == Entry("b", at, [], size=len(data))
    assert read(entry(DatagramIn(data), at, origin)) == Entry("d", at, [], mark=zlib.crc32(data))


def test_how_long_a_datagram_had_waited_is_told() -> None:
    note = read(entry(DatagramIn(b"x", 1.25), 2.0, recorded(place_of())))
    assert isinstance(note, Entry)
    assert note.waited == 1.25


def test_notes_of_nodes_that_know_fewer_or_more_fields_are_read() -> None:
    whole = msgspec.msgpack.decode(entry(DatagramIn(b"x", 1.25), 2.0, recorded(place_of())))
    older = read(msgspec.msgpack.encode(whole[:-1]))
    assert isinstance(older, Entry)
    assert older.waited == 0.0
    assert isinstance(read(msgspec.msgpack.encode([*whole, "of a newer node"])), Entry)


@pytest.mark.parametrize("outcome", [Granted(LEASE), (LEASE,), LEASE, None])
def test_answers_of_the_store_are_told_whole(outcome) -> None:
    note = read(entry(Answer(7, outcome), 1.5, recorded(place_of())))
    assert isinstance(note, Entry)
    assert (note.kind, note.mark) == ("a", 7)
    assert split_answers(note.body, 1) == [outcome]


def test_errors_of_the_store_are_told_too() -> None:
    note = read(entry(Answer(7, DefiniteError("away")), 1.5, recorded(place_of())))
    assert isinstance(note, Entry)
    [outcome] = split_answers(note.body, 1)
    assert isinstance(outcome, DefiniteError)
    assert str(outcome) == "away"


@pytest.mark.parametrize(
    ("event", "kind"), [(Eof(), "e"), (Gone(), "g"), (Tick(), "t"), (Abandon("stop"), "x")]
)
def test_every_other_event_has_its_kind(event, kind) -> None:
    note = read(entry(event, 2.0, recorded(place_of())))
    assert isinstance(note, Entry)
    assert (note.kind, note.at) == (kind, 2.0)


def test_a_move_is_told_with_who_goes_on() -> None:
    move = Moved("n2", "2" * 32, "moved from n1 to n2")
    note = read(entry(move, 2.0, recorded(place_of())))
    assert isinstance(note, Entry)
    assert msgspec.msgpack.decode(note.body, type=Moved) == move


def test_what_was_decided_meanwhile_is_in_the_note_and_only_once() -> None:
    origin = recorded(place_of())
    origin.is_draining()
    first, second = (read(entry(Tick(), 1.0, origin)) for _ in range(2))
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert (first.decided, second.decided) == ([False], [])


def test_a_note_is_small() -> None:
    assert len(entry(BytesIn(b"x" * 1000), 123.456789, recorded(place_of()))) < 40


@given(st.binary(max_size=60))
def test_noise_is_no_note(noise) -> None:
    with suppress(LogError):
        assert isinstance(read(noise), Began | Entry)
