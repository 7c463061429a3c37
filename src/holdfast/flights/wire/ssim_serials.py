"""Record serial numbers of one block of SSIM (types 2 to 5): nothing is lost, nothing is double.

The first serial and the count of records say what the last one must be; the trailer states it
again. Headers, or all records, may have none. After 999999 the count starts anew.
"""

_SERIAL = slice(194, 200)
_CHECK = slice(187, 193)
LAST_SERIAL = 999_999
"""The highest number that six digits can have."""


class Serials:
    """`count` each record from type 2 on, then ask `fault_of_trailer`."""

    __slots__ = ("_base", "_records")

    def __init__(self) -> None:
        self._records = 0
        self._base: int | None = None

    def count(self, text: str) -> None:
        """One more record; the first that has a serial tells where they begin."""
        if self._base is None:
            serial = _number(text[_SERIAL])
            if serial is not None:
                self._base = serial - self._records
        self._records += 1

    def fault_of_trailer(self, text: str) -> str | None:
        """What the trailer says of the records before it that is not so."""
        check, own = _number(text[_CHECK]), _number(text[_SERIAL])
        base = self._base
        if base is None:
            # Without serials the check counts records; the header may or may not be one of them.
            expected = {self._records - 1, self._records, self._records + 1}
        else:
            expected = _wrapped(base + self._records - 1)
        if check is None and base is not None:
            return "the trailer checks no serial, but the records have them"
        if check is not None and check not in expected:
            told = _told(expected)
            return f"the trailer checks serial {check}, the records before it end with {told}"
        if own is not None and base is not None and own not in _wrapped(base + self._records):
            return f"the trailer's serial is {own}, a record was lost or added before it"
        return None


def _told(expected: set[int]) -> str:
    return " or ".join(f"{serial:06}" for serial in sorted(expected))


def _wrapped(serial: int) -> set[int]:
    """The serial of that count; after the last one comes 1 or 2 (both are found)."""
    if serial <= LAST_SERIAL:
        return {serial}
    return {(serial - 1) % LAST_SERIAL + 1, (serial - 2) % (LAST_SERIAL - 1) + 2}


def _number(text: str) -> int | None:
    """A serial; None for blanks, zeros and what is no number."""
    return int(text) if text.isascii() and text.isdigit() and text.strip("0") else None
