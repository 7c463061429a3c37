"""A frame that is put on wrongly is recognised by the good message inside."""

import pytest

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.diagnosis import GuessKind, Scored
from holdfast.grading.wire.framing import Delimiter, Fixed, Framing, LengthPrefix, SelfDelimiting
from holdfast.grading.wire.framing_slips import framing_guesses
from holdfast.grading.wire.kinds import U8, U16, U16LE, U32
from holdfast.grading.wire.schema import Limits
from tests.support.wire_samples import Note, Ping, Sealed

BODY = b"\5\0\5hello\2\x1e"
"""A sealed message: type, length, text, sum of the bytes before."""


def guesses(framing: Framing, data: bytes) -> list[Scored]:
    messages = (Ping, Sealed) if framing == Fixed(24) else (Ping, Sealed, Note)
    protocol = Protocol("framed", messages, framing, Limits(frame_bytes=500), tag=U8)
    found = sorted(framing_guesses(protocol.schema, data), key=lambda each: -each.weight)
    assert all(0 < each.weight <= 100 for each in found)
    return found


def best(framing: Framing, data: bytes) -> tuple[GuessKind, str]:
    guess = guesses(framing, data)[0].guess
    return guess.kind, guess.text


@pytest.mark.parametrize(
    ("framing", "data", "kind", "words"),
    [
        (LengthPrefix(U16), b"\x0a\0" + BODY, GuessKind.BYTE_ORDER, "length 0a 00 at byte 0"),
        (LengthPrefix(U16), b"\0\x0c" + BODY, GuessKind.FRAME_LENGTH, "that counts itself"),
        (
            LengthPrefix(U16, includes_itself=True),
            b"\0\x0a" + BODY,
            GuessKind.FRAME_LENGTH,
            "Write it as length before it",
        ),
        (LengthPrefix(U16), b"\0\0\0\x0a" + BODY, GuessKind.FRAME_LENGTH, "00 00 00 0a"),
        (LengthPrefix(U32), b"\x0a" + BODY, GuessKind.FRAME_LENGTH, "so 4 bytes"),
        (LengthPrefix(U16), (b"\x0a" + BODY) * 2, GuessKind.FRAME_LENGTH, "so 2 bytes"),
        (LengthPrefix(U16), BODY, GuessKind.FRAME_LENGTH, "10 bytes); its 2-byte length"),
        (LengthPrefix(U16LE), b"\x09\0" + BODY, GuessKind.FRAME_LENGTH, "is 9, but the message"),
        (LengthPrefix(U16), b"\0\x30" + BODY, GuessKind.FRAME_LENGTH, "must be 10"),
        (
            LengthPrefix(U16, includes_itself=True),
            b"\0\x30" + BODY,
            GuessKind.FRAME_LENGTH,
            "must be 12",
        ),
        (Delimiter(b"\n"), b"\3hello\r", GuessKind.MISSING_END_MARK, "0d, but its end mark is 0a"),
        (Delimiter(b"\r\n"), b"\3hello\n", GuessKind.MISSING_END_MARK, "ends with 0a"),
        (Delimiter(b"\n"), b"\3hello", GuessKind.MISSING_END_MARK, "(6 bytes) has no end mark"),
        (Fixed(24), BODY, GuessKind.FRAME_LENGTH, "has 10 bytes, but every frame has 24"),
    ],
)
def test_a_frame_put_on_wrongly_is_named(
    framing: Framing, data: bytes, kind: GuessKind, words: str
) -> None:
    found, text = best(framing, data)

    assert found == kind
    assert words in text


@pytest.mark.parametrize(
    ("framing", "data"),
    [
        (LengthPrefix(U16), b"\0\x0a" + BODY),
        (LengthPrefix(U16), b"\xff\xff\xff\xff"),
        (LengthPrefix(U16), b"\0\x0a" + BODY + b"junk"),
        (Delimiter(b"\n"), b"\3hello\n"),
        (Delimiter(b"\n"), b"\xff\xff\r"),
        (Delimiter(b"\n"), b"\xff\xff"),
        (Fixed(24), BODY + bytes(14)),
        (Fixed(24), b"\xff"),
        (SelfDelimiting(), BODY),
    ],
)
def test_a_right_frame_or_noise_gets_no_guess(framing: Framing, data: bytes) -> None:
    if isinstance(framing, SelfDelimiting):
        protocol = Protocol("bare", (Ping, Sealed), framing, tag=U8)
        assert list(framing_guesses(protocol.schema, data)) == []
    else:
        assert guesses(framing, data) == []
