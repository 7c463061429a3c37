"""What sane values look like: the measure by which guesses are believed.

PURE. Nothing here makes decoding fail; a value that is not plausible only makes an explanation
less likely, or a decoded message suspicious.
"""

import re

from holdfast.grading.wire.message import Field

SANE_INT = 1 << 24
"""A number without a declared range is believed up to here: four random bytes rarely are."""

_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def is_printable(text: str) -> bool:
    """True for text that a person may have typed: no control characters but line ends, tabs."""
    return text.isprintable() or not _CONTROLS.search(text)


def is_printable_ascii(raw: bytes | bytearray) -> bool:
    """True for bytes that are plain typed text."""
    return raw.isascii() and is_printable(raw.decode("ascii"))


def is_plausible(field: Field, value: object) -> bool:
    """True if the value is what this field usually holds."""
    match value:
        case bool():
            return True
        case int():
            if field.usually:
                return field.usually.holds(value)
            return -SANE_INT < value < SANE_INT
        case str():
            return is_printable(value)
        case _:
            return True
