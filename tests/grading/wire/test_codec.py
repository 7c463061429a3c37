"""A protocol writes its messages, reads them again, and refuses to be declared wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.codec import EncodeError, Frame, Garbled, Protocol
from holdfast.grading.wire.course import COURSE, Chat, Register, Registered
from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.framing import Delimiter, LengthPrefix, SelfDelimiting
from holdfast.grading.wire.kinds import U8, U16, DeclarationError
from holdfast.grading.wire.message import Message, message, u8
from holdfast.grading.wire.schema import Limits
from tests.support.wire_samples import (
    DATAGRAMS,
    PLAIN,
    PREFIXED,
    Colour,
    Extended,
    Named,
    Note,
    Ping,
    Point,
    Reading,
    Sealed,
    chat_bytes,
)

readings = st.builds(
    Reading,
    st.integers(0, 2**64 - 1),
    st.integers(-128, 127),
    st.integers(0, 2**32 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from(Colour),
    st.booleans(),
    st.builds(Point, st.integers(-5, 5), st.integers(-5, 5)),
    st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=6).map(
        lambda text: text.rstrip("\0")
    ),
    st.binary(min_size=4, max_size=4),
    st.binary(max_size=9),
    st.text(max_size=5),
    st.lists(st.integers(0, 65_535), max_size=5).map(tuple),
    st.tuples(st.integers(0, 255), st.integers(0, 255)),
    st.lists(st.builds(Point, st.just(1), st.just(2)), max_size=3).map(tuple),
    st.lists(st.builds(Named, st.sampled_from(["", "a", "long name"])), max_size=3).map(tuple),
)
messages = st.one_of(
    readings,
    st.builds(Ping, st.integers(0, 65_535), st.integers(0, 255)),
    st.builds(Sealed, st.text(max_size=20)),
)


@given(messages)
def test_any_message_comes_back_from_its_frame(sent: Message) -> None:
    for protocol in (PLAIN, PREFIXED):
        raw = protocol.encode(sent)
        assert protocol.decode_one(raw) == Frame(sent, raw)
        assert protocol.decode_datagram(raw) == Frame(sent, raw)


@given(st.text(max_size=30), st.one_of(st.none(), st.text(max_size=30)))
def test_text_up_to_the_end_and_optional_tails_come_back(text: str, comment: str | None) -> None:
    for protocol in (PREFIXED, DATAGRAMS):
        for sent in (Note(text), Extended(3, comment)):
            raw = protocol.encode(sent)
            assert protocol.decode_datagram(raw) == Frame(sent, raw)


def test_one_frame_is_decoded_and_what_follows_is_left() -> None:
    frame = COURSE.decode_one(chat_bytes(b"hi") + b"anything")

    assert frame == Frame(Chat(1234, "hi"), chat_bytes(b"hi"))


def test_an_unfinished_frame_is_garbled_when_nothing_follows() -> None:
    assert isinstance(COURSE.decode_one(chat_bytes()[:-1]), Garbled)
    assert isinstance(COURSE.decode_datagram(chat_bytes()[:-1]), Garbled)


def test_an_empty_datagram_is_garbled_and_called_empty() -> None:
    garbled = COURSE.decode_datagram(b"")

    assert isinstance(garbled, Garbled)
    assert [guess.kind for guess in garbled.failure.guesses] == [GuessKind.EMPTY]


def test_of_a_long_garbled_datagram_only_the_evidence_is_kept() -> None:
    garbled = COURSE.decode_datagram(b"x" * 60_000)

    assert isinstance(garbled, Garbled)
    assert len(garbled.raw) == COURSE.schema.limits.evidence_bytes


@given(st.binary(max_size=200))
def test_any_datagram_is_a_frame_or_garbled(data: bytes) -> None:
    for protocol in (COURSE, PLAIN, PREFIXED, DATAGRAMS):
        decoded = protocol.decode_datagram(data)
        if isinstance(decoded, Garbled):
            assert decoded.failure.describe()
        else:
            assert decoded.raw == data


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Chat(2**31, "x"), "Chat.recipient = 2147483648 is outside"),
        (Chat(1, "x" * 65_536), "Chat.text = '.* takes 65536 bytes, but at most 65535 fit"),
        (Register(1, "é" * 40_000, 1), "Register.host = .* takes 80000 bytes"),
        (Ping(1, 1), "Ping. = .* is no message of the course protocol"),
    ],
)
def test_a_message_that_cannot_be_written_is_named(wrong: Message, words: str) -> None:
    with pytest.raises(EncodeError, match=words):
        COURSE.encode(wrong)


def test_a_frame_longer_than_the_limit_is_not_written() -> None:
    small = Protocol("small", (Chat,), SelfDelimiting(), Limits(frame_bytes=15), tag=U8)

    assert len(small.encode(Chat(1, "12345678"))) == 15
    with pytest.raises(EncodeError, match="takes 16 bytes, but a frame has at most 15"):
        small.encode(Chat(1, "123456789"))


def test_a_body_that_does_not_fit_its_frame_is_not_written() -> None:
    lines = Protocol("lines", (Note,), Delimiter(b"\n"), tag=U8)

    with pytest.raises(EncodeError, match=r"Note.* holds the frame's end mark"):
        lines.encode(Note("two\nlines"))


def test_another_message_of_the_same_tag_is_refused() -> None:
    @message(tag=2)
    class Impostor(Message):
        number: u8

    with pytest.raises(EncodeError, match="is no message of the course protocol"):
        COURSE.encode(Impostor(1))
    assert COURSE.encode(Registered()) == b"\0\0\0\2"


def test_datagrams_have_no_stream() -> None:
    with pytest.raises(DeclarationError, match="datagrams, there is no stream"):
        DATAGRAMS.stream()


def test_without_a_type_field_there_is_one_untagged_message() -> None:
    assert Protocol("one", (Point,), SelfDelimiting()).encode(Point(1, 2)) == b"\1\0\2\0"
    for wrong in ((Point, Named), (Ping,), ()):
        with pytest.raises(DeclarationError, match="there is one message"):
            Protocol("one", wrong, SelfDelimiting())


def test_every_tag_must_fit_the_type_field_and_be_unique() -> None:
    @message(tag=256)
    class Far(Message):
        number: u8

    @message(tag=2)
    class Twin(Message):
        number: u8

    with pytest.raises(DeclarationError, match="message Far needs a tag that fits"):
        Protocol("far", (Far,), SelfDelimiting(), tag=U8)
    with pytest.raises(DeclarationError, match="message Point needs a tag"):
        Protocol("none", (Point,), SelfDelimiting(), tag=U8)
    with pytest.raises(DeclarationError, match="the tag 2 of Ping is taken twice"):
        Protocol("twins", (Ping, Twin), SelfDelimiting(), tag=U8)


def test_a_field_up_to_the_end_needs_a_framing_that_has_one() -> None:
    with pytest.raises(DeclarationError, match=r"field Note.text goes to the end of the frame"):
        Protocol("endless", (Note,), SelfDelimiting(), tag=U8)
    assert Protocol("fine", (Note,), LengthPrefix(U16), tag=U8).name == "fine"


def test_a_protocol_knows_its_messages() -> None:
    assert Register in COURSE.messages
    assert COURSE.name == "the course protocol"
