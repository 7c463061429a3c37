"""Other programs and formats are known by their first bytes."""

import pytest

from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.foreign import bare_string, foreign_guesses
from tests.support.wire_samples import chat_bytes, register_bytes, utf

K = GuessKind


def best(data: bytes) -> GuessKind | None:
    found = sorted(foreign_guesses(data), key=lambda each: -each.weight)
    return found[0].guess.kind if found else None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"GET /", K.HTTP),
        (b"HTTP/1.1 200 OK", K.HTTP),
        (b"POST", K.HTTP),
        (b"PRI * HTTP/2.0\r\n", K.HTTP),
        (b"\x16\x03\x03", K.TLS),
        (b"SSH-2.0", K.SSH),
        (b"\xff\xfb\x01", K.TELNET),
        (b"\xac\xed\x00\x05", K.JAVA_OBJECTS),
        (b"\x80\x04\x95", K.PICKLE),
        (b' {"a": 1}', K.JSON),
        (b"[1, 2]", K.JSON),
        (b"<?xml", K.XML),
        (b"<html>", K.XML),
        (b"00000004000004d2", K.HEX_TEXT),
        (b"00 00 00 04 00 00 04 d2", K.HEX_TEXT),
        (b"hello", K.RAW_TEXT),
        (b"hello\0", K.RAW_TEXT),
        (b"POSTBOX", K.RAW_TEXT),
        (b"a" * 30_000, K.RAW_TEXT),
        (utf(b"hello"), K.BARE_STRING),
        (utf(b"hello") * 2, K.BARE_STRING),
        (utf(b"hello") + b"\0\5he", K.BARE_STRING),
        (utf(b"hello") + b"\xff\xff\xff\xff", K.BARE_STRING),
        (utf(b"[1]"), K.JSON),
        (b"h\0e\0l\0", K.UTF_16),
        (b"\0h\0e\0l", K.UTF_16),
        (b"\xff\xfeh\0e\0", K.UTF_16),
        (b"\xfe\xff\0h\0\1", K.UTF_16),
    ],
)
def test_a_foreign_beginning_is_known(data: bytes, kind: GuessKind) -> None:
    assert best(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"\0",
        b"\0\0\0\4",
        register_bytes(),
        chat_bytes(),
        bytes(64),
        b"\x00\x02\xff\xff",
        b"\x00\x02\x00\x01",
        b"\x00\x05ab",
    ],
)
def test_frames_and_noise_are_not_foreign(data: bytes) -> None:
    assert best(data) is None


def test_a_bare_string_is_read_with_its_length() -> None:
    assert bare_string(utf("Grüße".encode()) + b"more") == "Grüße"
    assert bare_string(b"\0\0") is None


def test_a_frame_that_begins_with_letters_is_only_perhaps_text() -> None:
    (guess,) = foreign_guesses(b"abcd\0\1\2\3\4")

    assert guess.weight == 40
    assert "and" not in guess.guess.text.partition(",")[0]
