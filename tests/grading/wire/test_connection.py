"""However bytes are split or merged, the same frames come out, and little is kept."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.connection import Frame, Garbled, StreamDecoder
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.framing import Delimiter, Fixed, LengthPrefix
from holdfast.grading.wire.kinds import U8, U32
from holdfast.grading.wire.message import Message
from holdfast.grading.wire.schema import Limits
from tests.support.wire_samples import (
    PLAIN,
    PREFIXED,
    Colour,
    Named,
    Note,
    Ping,
    Point,
    Reading,
    Sealed,
    chat_bytes,
    register_bytes,
)

LINES = Protocol("lines", (Note,), Delimiter(b"\n"), Limits(100, 50), tag=U8)
FIXED = Protocol("fixed", (Ping,), Fixed(8), tag=U8)

course_messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Register, st.integers(-9, 9999), st.text(max_size=9), st.integers(0, 73_874)),
    st.just(Registered()),
    st.builds(Chat, st.integers(0, 9999), st.text(max_size=30)),
    st.builds(ErrorReply, st.text(max_size=9)),
)


def fed(decoder: StreamDecoder, data: bytes, size: int) -> list[Frame | Garbled]:
    found: list[Frame | Garbled] = []
    for start in range(0, len(data), size):
        found += decoder.feed(data[start : start + size])
    return found


@given(st.lists(course_messages, min_size=1, max_size=4), st.booleans())
def test_a_stream_split_anywhere_gives_the_same_frames(
    sent: list[Message], is_garbled: bool
) -> None:
    good = b"".join(COURSE.encode(each) for each in sent)
    data = good + (b"\0\0\0\3" if is_garbled else b"")
    whole = COURSE.stream().feed(data)
    assert [each.message for each in whole if isinstance(each, Frame)] == sent
    assert b"".join(each.raw for each in whole) == data

    for cut in range(len(data) + 1):
        decoder = COURSE.stream()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == whole
    for size in (1, 3, 4):
        assert fed(COURSE.stream(), data, size) == whole


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        (PLAIN, Sealed("some text")),
        (PREFIXED, Note("some text")),
        (LINES, Note("some text")),
        (FIXED, Ping(7, 1)),
    ],
)
def test_every_framing_may_be_split_anywhere(protocol: Protocol, message: Message) -> None:
    frame = protocol.encode(message)
    data = frame * 3
    expected = [Frame(message, frame, index * len(frame)) for index in range(3)]

    for cut in range(len(data) + 1):
        decoder = protocol.stream()
        assert decoder.feed(data[:cut]) + decoder.feed(data[cut:]) == expected
        assert decoder.pending == b""
    assert fed(protocol.stream(), data, 1) == expected


@given(st.lists(st.binary(max_size=40), max_size=12), st.sampled_from([COURSE, PLAIN, PREFIXED]))
def test_arbitrary_bytes_never_raise_and_split_as_they_like_mean_the_same(
    pieces: list[bytes], protocol: Protocol
) -> None:
    decoder, whole = protocol.stream(), protocol.stream()
    data = b"".join(pieces)

    found = [each for piece in pieces for each in decoder.feed(piece)]
    at_once = whole.feed(data)

    assert [each for each in found if isinstance(each, Frame)] == [
        each for each in at_once if isinstance(each, Frame)
    ]
    assert decoder.pending == whole.pending == data[decoder.offset :]
    explained, same = decoder.explain_pending(), whole.explain_pending()
    assert explained == same
    if explained:
        assert tuple(explained.guesses) == tuple(same.guesses if same else ())
        assert explained.describe()


def test_frames_know_where_they_began_in_the_stream() -> None:
    decoder = COURSE.stream()

    found = decoder.feed(register_bytes() + chat_bytes(b"a")) + decoder.feed(chat_bytes(b"b"))

    assert [each.offset for each in found] == [0, 23, 34]
    assert decoder.offset == 45


def test_frames_carry_their_own_bytes_as_bytes() -> None:
    found = fed(COURSE.stream(), register_bytes() + chat_bytes(), 5)

    assert [each.raw for each in found] == [register_bytes(), chat_bytes()]
    assert all(type(each.raw) is bytes for each in found)


def test_after_a_garbled_frame_nothing_more_is_delivered() -> None:
    decoder = COURSE.stream()

    found = decoder.feed(chat_bytes() + b"\0\0\0\3" + chat_bytes())

    assert [type(each) for each in found] == [Frame, Garbled]
    assert found[1].offset == len(chat_bytes())
    assert found[1].raw == b"\0\0\0\3" + chat_bytes()
    assert decoder.feed(chat_bytes()) == []
    assert decoder.pending == b"\0\0\0\3" + chat_bytes() * 2


def test_a_failure_deep_in_a_stream_counts_from_its_own_frame() -> None:
    bad = chat_bytes(b"ab\xff")

    found = fed(COURSE.stream(), register_bytes() + bad, 7)

    assert isinstance(found[1], Garbled)
    assert found[1].failure.offset == 12
    assert found[1].failure.fields == (("recipient", 1234),)


def test_a_garbled_frame_is_judged_again_with_the_bytes_that_came_later() -> None:
    line = b"GET / HTTP/1.1\r\n"
    decoder = COURSE.stream()
    early = decoder.feed(line[:4])
    decoder.feed(line[4:])

    later = decoder.explain_pending()

    assert isinstance(early[0], Garbled)
    assert later is not None
    assert later.reason == early[0].failure.reason
    assert [guess.kind for guess in later.guesses] == [GuessKind.HTTP, GuessKind.RAW_TEXT]


def test_an_unfinished_frame_is_explained_and_a_finished_one_is_not() -> None:
    decoder = COURSE.stream()
    decoder.feed(chat_bytes()[:20])

    explained = decoder.explain_pending()

    assert explained is not None
    assert explained.message == "Chat"
    assert explained.offset == 20
    assert explained.best is not None
    assert explained.best.kind == GuessKind.TRUNCATED
    decoder.feed(chat_bytes()[20:])
    assert decoder.explain_pending() is None


def test_after_a_garble_only_the_evidence_is_kept() -> None:
    decoder = COURSE.stream()
    most = COURSE.schema.limits.evidence_bytes

    first = decoder.feed(b"x" * (most - 1))
    for _ in range(3):
        decoder.feed(b"y" * 50_000)

    assert len(first[0].raw) == most - 1
    assert len(decoder.pending) == most
    assert len(COURSE.stream().feed(b"x" * 50_000)[0].raw) == most


@pytest.mark.parametrize(
    ("protocol", "endless"),
    [
        (COURSE, b"\0\0\0\4\0\0\0\1\xff\xff" + b"\0" * 100),
        (LINES, b"\3" + b"x" * 100),
        (PREFIXED, b"\xff\xff" + b"\3" * 100),
        (COURSE, b"\0" * 100),
        (COURSE, b"x" * 100),
    ],
    ids=["long text", "line without end", "many frames", "zero bytes", "noise"],
)
def test_input_that_never_ends_is_kept_within_the_limits(
    protocol: Protocol, endless: bytes
) -> None:
    decoder = protocol.stream()
    limits = protocol.schema.limits
    most = max(limits.frame_bytes + 2, limits.evidence_bytes)
    frames = 0
    for _ in range(3_000):
        frames += len(decoder.feed(endless))
        assert len(decoder.pending) <= most + len(endless)
    assert frames <= 3_000 * len(endless) // 4


def test_a_length_beyond_the_limit_is_garbled_before_its_bytes_come() -> None:
    small = Protocol("small", (Sealed,), LengthPrefix(U32), Limits(frame_bytes=100), tag=U8)

    found = small.stream().feed(struct.pack(">I", 101))

    assert isinstance(found[0], Garbled)
    assert "at most 100" in found[0].failure.reason


class Reads:
    """Counts how often the decoder looks at the beginning of its buffer again."""

    def __init__(self, decoder: StreamDecoder) -> None:
        self.count = 0
        schema = decoder._schema
        read = schema.read

        def counted(data: bytes | bytearray, pos: int, searched: int) -> tuple[Message, int]:
            self.count += 1
            return read(data, pos, searched)

        copy = object.__new__(type(schema))
        for name in ("name", "tag", "plans", "framing", "limits"):
            object.__setattr__(copy, name, getattr(schema, name))
        object.__setattr__(copy, "read", counted)
        decoder._schema = copy


def test_a_long_frame_in_1_byte_pieces_is_looked_at_only_a_few_times() -> None:
    decoder = COURSE.stream()
    reads = Reads(decoder)
    data = chat_bytes(b"x" * 60_000)

    found = fed(decoder, data, 1)

    assert len(found) == 1
    assert reads.count == 4  # type, id and length, text, all


def test_an_array_of_texts_in_1_byte_pieces_is_looked_at_only_a_few_times() -> None:
    decoder = PLAIN.stream()
    reads = Reads(decoder)
    empty = Reading(
        *(0, 0, 0, 0, Colour.RED, False, Point(0, 0), "", b"1234", b"", "", (), (0, 0), ()),
        names=tuple(Named("ab") for _ in range(1_000)),
    )
    data = PLAIN.encode(empty)

    assert len(fed(decoder, data, 1)) == 1
    assert reads.count < 60


def test_a_line_in_1_byte_pieces_is_searched_once() -> None:
    decoder = LINES.stream()

    found = fed(decoder, b"\3" + b"x" * 90 + b"\n", 1)

    assert [each.message for each in found if isinstance(each, Frame)] == [Note("x" * 90)]


def test_notes_on_a_good_frame_name_what_looks_wrong() -> None:
    (frame,) = COURSE.stream().feed(chat_bytes(b"hello\n"))
    (fine,) = COURSE.stream().feed(chat_bytes(b"hello"))

    assert isinstance(frame, Frame)
    assert isinstance(fine, Frame)
    assert [note.kind for note in frame.notes] == [GuessKind.TRAILING_NEWLINE]
    assert fine.notes == ()


def test_the_suspicion_is_the_best_note_that_explains_something() -> None:
    (little,) = COURSE.stream().feed(COURSE.encode(Chat(-771_489_792, "hello")))
    (strange,) = COURSE.stream().feed(COURSE.encode(Chat(73_874, "hello")))

    assert isinstance(little, Frame)
    assert isinstance(strange, Frame)
    assert "1234 in little-endian order" in little.suspicion
    assert [note.kind for note in strange.notes] == [GuessKind.OUT_OF_RANGE]
    assert strange.suspicion == ""
