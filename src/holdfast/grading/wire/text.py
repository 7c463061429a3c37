"""How text becomes bytes: the encodings a message may declare, Java's own among them.

PURE. Only whole byte strings are handled here; lengths, prefixes and padding belong to `kinds`.
Java's *modified* UTF-8 (`DataOutputStream.writeUTF`): U+0000 is `C0 80`, and a character above
U+FFFF is its two surrogates with 3 bytes each, so lone surrogates survive.
"""

import re
from enum import StrEnum

_ABOVE_BMP = re.compile("[\U00010000-\U0010ffff]")
_JAVA_NUL = re.compile(b"\xc0\x80")


class Encoding(StrEnum):
    """The encodings of declared text, by the names students know."""

    ASCII = "ASCII"
    LATIN_1 = "Latin-1"
    UTF_8 = "UTF-8"
    JAVA = "Java modified UTF-8"
    UTF_16_BE = "UTF-16 (big-endian)"
    UTF_16_LE = "UTF-16 (little-endian)"


_CODEC_OF = {
    Encoding.ASCII: ("ascii", "strict"),
    Encoding.LATIN_1: ("latin-1", "strict"),
    Encoding.UTF_8: ("utf-8", "strict"),
    Encoding.UTF_16_BE: ("utf-16-be", "surrogatepass"),
    Encoding.UTF_16_LE: ("utf-16-le", "surrogatepass"),
}


class BadText(ValueError):
    """Bytes that are no text of the encoding; `at` is the offset of the first wrong byte."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason


def encode_text(text: str, encoding: Encoding) -> bytes:
    """The text's bytes. Raises `UnicodeEncodeError` for characters the encoding lacks."""
    if encoding is Encoding.JAVA:
        return _encode_java(text)
    name, errors = _CODEC_OF[encoding]
    return text.encode(name, errors)


def decode_text(raw: bytes | bytearray, encoding: Encoding) -> str:
    """The text of these bytes, all of them. Raises `BadText`.

    Forgiving for Java's encoding: a plain zero byte and 4-byte UTF-8 are read as what they mean.
    """
    try:
        if encoding is Encoding.JAVA:
            return _decode_java(raw)
        name, errors = _CODEC_OF[encoding]
        return raw.decode(name, errors)
    except UnicodeDecodeError as error:
        at = error.start
        if encoding is Encoding.JAVA:
            at += _bytes_folded_before(raw, at)
        wrong = raw[at : at + 1].hex() or "nothing"
        raise BadText(at, f"byte {at} of the text (0x{wrong}) is not {encoding}") from error


def _encode_java(text: str) -> bytes:
    if text.isascii() and "\0" not in text:
        return text.encode("ascii")
    split = _ABOVE_BMP.sub(_surrogates_of, text)
    return split.encode("utf-8", "surrogatepass").replace(b"\0", b"\xc0\x80")


def _surrogates_of(match: re.Match[str]) -> str:
    point = ord(match[0]) - 0x10000
    return chr(0xD800 + (point >> 10)) + chr(0xDC00 + (point & 0x3FF))


def _decode_java(raw: bytes | bytearray) -> str:
    if raw.isascii():
        return raw.decode("ascii")
    split = raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    # Joins surrogate pairs and leaves lone ones alone.
    return split.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _bytes_folded_before(raw: bytes | bytearray, at: int) -> int:
    """How many bytes the folding of `C0 80` took away before offset `at` of the folded bytes."""
    folded = 0
    for match in _JAVA_NUL.finditer(raw):
        if match.start() - folded >= at:
            break
        folded += 1
    return folded
