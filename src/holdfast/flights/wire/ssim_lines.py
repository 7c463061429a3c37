"""Bytes -> records of SSIM, however they are separated and wherever they are cut.

Records are lines that end in LF, CR LF or CR, or blocks of 200 bytes with nothing between them (as
tapes have them). No more is held than one overlong line.
"""

RECORD_BYTES = 200
LONG_SERIAL_BYTES = 202
"""A record whose serial has 8 digits instead of 6."""
MAX_LINE_BYTES = 4096
"""A line that is longer is no record, whatever it holds."""
_DATA_BYTES = 194
"""A record without its serial."""
_WITHOUT_SERIAL = {"3": (192, _DATA_BYTES), "4": (192, _DATA_BYTES), "5": (_DATA_BYTES,)}
"""Lengths of records whose blank serials (of legs: and date variations) were stripped. Headers may
be shorter still; any other length is a record that was cut."""


class LineSplitter:
    """`receive` bytes, get whole lines; `finish` gives the rest. `is_overlong` ends it."""

    def __init__(self) -> None:
        self.is_overlong = False
        self._rest = ""
        self._is_blocks: bool | None = None

    def receive(self, data: bytes) -> list[str]:
        """Lines that are complete now, without their ends."""
        text = self._rest + data.decode("latin-1")
        if self._is_blocks is None:
            if len(text) <= 2 * RECORD_BYTES:
                self._rest = text
                return []
            self._is_blocks = _are_blocks(text)
        if self._is_blocks:
            whole = len(text) - len(text) % RECORD_BYTES
            self._rest = text[whole:]
            return _blocks(text[:whole])
        # A CR at the end may be half of a line end.
        kept = "\r" if text.endswith("\r") else ""
        lines = _lines(text[: len(text) - len(kept)])
        self._rest = lines.pop() + kept
        self.is_overlong = len(self._rest) > MAX_LINE_BYTES
        return lines

    def finish(self) -> list[str]:
        """What is left, the last line without its end too."""
        text, self._rest = self._rest, ""
        if self._is_blocks or (self._is_blocks is None and _are_blocks(text)):
            return _blocks(text)
        lines = _lines(text)
        return lines if lines[-1] else lines[:-1]


def normal(text: str) -> str:
    """A line that has not 200 characters, made so where only blanks or long serials differ."""
    length = len(text)
    if length > RECORD_BYTES:
        if not text[RECORD_BYTES:].strip():
            return text[:RECORD_BYTES]
        if length == LONG_SERIAL_BYTES and text[_DATA_BYTES:].isdigit():
            return text[:_DATA_BYTES] + text[_DATA_BYTES + 2 :]
    elif length in _WITHOUT_SERIAL.get(text[:1], range(RECORD_BYTES)):
        return text.ljust(RECORD_BYTES)
    return text


def _are_blocks(text: str) -> bool:
    first = text[: RECORD_BYTES + 1]
    return len(first) > RECORD_BYTES and first.isprintable() and first[-1] in "02"


def _blocks(text: str) -> list[str]:
    return [text[at : at + RECORD_BYTES] for at in range(0, len(text), RECORD_BYTES)]


def _lines(text: str) -> list[str]:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")
