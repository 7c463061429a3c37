"""Kinds made of other kinds: arrays, enumerations, flags, optional tails and checksums.

PURE. Same contract as `kinds`: `put` raises `Unfit`, `take` raises `Short` or `Unreadable`. An
array never reserves memory for items that the bytes at hand could not hold.
"""

import zlib
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import reduce
from operator import xor
from struct import unpack_from
from typing import assert_never

from holdfast.grading.wire.kinds import (
    REST,
    Buffer,
    DeclarationError,
    Int,
    Kind,
    Short,
    Size,
    Unfit,
    Unreadable,
)


@dataclass(frozen=True, slots=True)
class Array:
    """Items one after another: a count before them, a fixed count, or up to the frame's end."""

    of: Kind
    count: Size

    def __post_init__(self) -> None:
        if self.of.least == 0:
            # Otherwise four bytes of count could ask for billions of empty items.
            raise DeclarationError(f"an array's items must take at least one byte, not: {self.of}")
        if self.of.open_ended:
            raise DeclarationError(f"an array's items must know their end, not: {self.of}")

    @property
    def least(self) -> int:
        if isinstance(self.count, Int):
            return self.count.least
        return self.count * self.of.least if isinstance(self.count, int) else 0

    @property
    def exact(self) -> bool:
        return isinstance(self.count, int) and self.of.exact

    @property
    def open_ended(self) -> bool:
        return self.count is REST

    def put(self, value: object, out: bytearray, start: int) -> None:
        if not isinstance(value, tuple):
            raise Unfit(f"is {type(value).__name__}, not a tuple")
        if isinstance(self.count, Int):
            if len(value) > self.count.highest:
                raise Unfit(f"has {len(value)} items, but at most {self.count.highest} fit")
            self.count.put(len(value), out, start)
        elif isinstance(self.count, int) and len(value) != self.count:
            raise Unfit(f"has {len(value)} items, but the field has exactly {self.count}")
        for index, item in enumerate(value):
            try:
                self.of.put(item, out, start)
            except Unfit as unfit:
                raise Unfit(f"has a wrong item {index}: {unfit.reason}") from unfit

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[tuple[object, ...], int]:
        if self.count is REST:
            return self._take_rest(data, pos, end, start)
        if isinstance(self.count, Int):
            count, pos = self.count.take(data, pos, end, start)
            if count < 0:
                raise Unreadable(pos - self.count.least, f"the count is negative: {count}", pos)
        else:
            count = self.count
        least = pos + count * self.of.least
        if least > end:
            raise Short(least)
        if isinstance(self.of, Int):
            return unpack_from(f"{self.of.mark}{count}{self.of.code}", data, pos), least
        return self._take_items(data, pos, end, (start, count))

    def _take_items(
        self, data: Buffer, pos: int, end: int, begun: tuple[int, int]
    ) -> tuple[tuple[object, ...], int]:
        start, count = begun
        items: list[object] = []
        least = self.of.least
        for behind in range((count - 1) * least, -1, -least):
            try:
                item, pos = self.of.take(data, pos, end, start)
            except Short as short:
                # With the least size of the items behind, few attempts suffice for many items.
                raise Short(short.need + behind) from short
            except Unreadable as wrong:
                # Not before those bytes are there: else the verdict would depend on the pieces.
                seen = wrong.seen + behind
                if seen > end:
                    raise Short(seen) from wrong
                raise Unreadable(wrong.offset, wrong.reason, seen) from wrong
            items.append(item)
        return tuple(items), pos

    def _take_rest(
        self, data: Buffer, pos: int, end: int, start: int
    ) -> tuple[tuple[object, ...], int]:
        items: list[object] = []
        while pos < end:
            item, pos = self.of.take(data, pos, end, start)
            items.append(item)
        return tuple(items), pos

    def __str__(self) -> str:
        if isinstance(self.count, Int):
            how_many = f"{self.count.least}-byte count before them"
        else:
            how_many = f"{self.count} of them" if isinstance(self.count, int) else self.count.value
        return f"array of ({self.of}), {how_many}"


@dataclass(frozen=True, slots=True)
class Choice:
    """An integer that stands for a member of an `Enum` (`Annotated[Colour, U8]`)."""

    of: type[Enum]
    kind: Int

    exact = True
    open_ended = False

    @property
    def least(self) -> int:
        return self.kind.least

    def put(self, value: object, out: bytearray, start: int) -> None:
        if not isinstance(value, self.of):
            raise Unfit(f"is {type(value).__name__}, not {self.of.__name__}")
        self.kind.put(value.value, out, start)

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[Enum, int]:
        number, stop = self.kind.take(data, pos, end, start)
        try:
            return self.of(number), stop
        except ValueError as error:
            known = ", ".join(f"{member.value} ({member.name})" for member in self.of)
            reason = f"{number} is no {self.of.__name__}; known are {known}"
            raise Unreadable(pos, reason, stop) from error

    def __str__(self) -> str:
        known = ", ".join(f"{member.value}={member.name}" for member in self.of)
        return f"{self.kind}: {known}"


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean as an integer: 0 is false, 1 is true, anything else is unreadable."""

    kind: Int

    exact = True
    open_ended = False

    @property
    def least(self) -> int:
        return self.kind.least

    def put(self, value: object, out: bytearray, start: int) -> None:
        if not isinstance(value, bool):
            raise Unfit(f"is {type(value).__name__}, not True or False")
        self.kind.put(int(value), out, start)

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[bool, int]:
        number, stop = self.kind.take(data, pos, end, start)
        if number not in (0, 1):
            raise Unreadable(pos, f"a flag is 0 or 1, not {number}", stop)
        return number == 1, stop

    def __str__(self) -> str:
        return f"{self.kind}: 0=false, 1=true"


@dataclass(frozen=True, slots=True)
class Tail:
    """A last field that may be missing (None): the frame then ends before it."""

    of: Kind

    exact = False
    open_ended = True

    def __post_init__(self) -> None:
        if self.of.least == 0:
            raise DeclarationError(
                f"an optional tail must take at least one byte when it is there, not: {self.of}"
            )

    @property
    def least(self) -> int:
        return 0

    def put(self, value: object, out: bytearray, start: int) -> None:
        if value is not None:
            self.of.put(value, out, start)

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[object, int]:
        return (None, pos) if pos == end else self.of.take(data, pos, end, start)

    def __str__(self) -> str:
        return f"optional, {self.of}"


class Algorithm(StrEnum):
    """How a checksum is computed over the bytes from the frame's body up to the checksum."""

    CRC_32 = "CRC-32"
    ADLER_32 = "Adler-32"
    SUM = "sum of the bytes"
    XOR = "exclusive or of the bytes"
    INTERNET = "Internet checksum"


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum of all that stands before it in the frame's body. None means: the right one.

    Another value is sent as it is, so that a scenario can send a wrong one on purpose.
    """

    kind: Int
    algorithm: Algorithm = Algorithm.CRC_32

    exact = True
    open_ended = False

    @property
    def least(self) -> int:
        return self.kind.least

    def put(self, value: object, out: bytearray, start: int) -> None:
        right = checksum(self.algorithm, bytes(out[start:])) & self._mask
        self.kind.put(right if value is None else value, out, start)

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[None, int]:
        got, stop = self.kind.take(data, pos, end, start)
        right = checksum(self.algorithm, bytes(data[start:pos])) & self._mask
        if got & self._mask != right:
            raise Unreadable(
                pos,
                f"the checksum is 0x{got & self._mask:x}, but the {self.algorithm} of the "
                f"{pos - start} bytes before it is 0x{right:x}",
                stop,
            )
        return None, stop

    @property
    def _mask(self) -> int:
        return (1 << self.kind.bits) - 1

    def __str__(self) -> str:
        return f"{self.algorithm} as {self.kind}"


def checksum(algorithm: Algorithm, data: bytes) -> int:
    """The checksum of `data`, not yet cut to the width of its field."""
    match algorithm:
        case Algorithm.CRC_32:
            return zlib.crc32(data)
        case Algorithm.ADLER_32:
            return zlib.adler32(data)
        case Algorithm.SUM:
            return sum(data)
        case Algorithm.XOR:
            return reduce(xor, data, 0)
        case Algorithm.INTERNET:
            return _internet_checksum(data)
        case _:
            assert_never(algorithm)


def _internet_checksum(data: bytes) -> int:
    """RFC 1071: the complement of the 16-bit one's complement sum."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(unpack_from(f">{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
