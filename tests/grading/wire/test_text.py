"""Text becomes the bytes that Java and the other encodings write, and comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.text import BadText, Encoding, decode_text, encode_text

any_text = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("", ""),
        ("x", "78"),
        ("\0", "c080"),
        ("a\0b", "61c08062"),
        ("é", "c3a9"),
        ("€", "e282ac"),
        ("\U0001f600", "eda0bdedb880"),
        ("\ud800", "eda080"),
        ("\ud800x", "eda08078"),
    ],
)
def test_java_text_is_what_write_utf_writes(text: str, raw: str) -> None:
    assert encode_text(text, Encoding.JAVA).hex() == raw
    assert decode_text(bytes.fromhex(raw), Encoding.JAVA) == text


@given(any_text)
def test_any_java_text_comes_back(text: str) -> None:
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")

    raw = encode_text(text, Encoding.JAVA)

    assert decode_text(raw, Encoding.JAVA) == joined
    assert b"\0" not in raw


@given(st.text(st.characters(codec="utf-16")))
@pytest.mark.parametrize("encoding", [Encoding.UTF_8, Encoding.UTF_16_BE, Encoding.UTF_16_LE])
def test_any_unicode_text_comes_back(encoding: Encoding, text: str) -> None:
    assert decode_text(encode_text(text, encoding), encoding) == text


def test_a_plain_zero_byte_and_4_byte_utf_8_are_forgiven_in_java_text() -> None:
    assert decode_text(b"a\0\xf0\x9f\x98\x80", Encoding.JAVA) == "a\0\U0001f600"


def test_a_character_that_the_encoding_lacks_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode_text("ü", Encoding.ASCII)


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("ff", 0),
        ("61ff", 1),
        ("c08061ff", 3),
        ("c080c080ff", 4),
        ("ffc080", 0),
        ("61c3", 1),
        ("edc080", 0),
    ],
)
def test_wrong_java_text_is_located_by_its_first_wrong_byte(raw: str, at: int) -> None:
    with pytest.raises(BadText) as caught:
        decode_text(bytes.fromhex(raw), Encoding.JAVA)

    assert caught.value.at == at
    assert "is not Java modified UTF-8" in caught.value.reason


def test_half_a_utf_16_letter_is_no_text() -> None:
    with pytest.raises(BadText, match=r"byte 2 of the text \(0x41\)"):
        decode_text(b"A\0A", Encoding.UTF_16_LE)


@given(st.binary(), st.sampled_from(Encoding))
def test_any_bytes_are_text_or_bad_text(raw: bytes, encoding: Encoding) -> None:
    try:
        text = decode_text(raw, encoding)
    except BadText as error:
        at = error.at
    else:
        at = 0
        assert decode_text(encode_text(text, encoding), encoding) == text
    assert 0 <= at <= len(raw)
