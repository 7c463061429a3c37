"""Reading fields fast: a message's kinds become a few steps, compiled once.

PURE. Neighbouring integers of one byte order are read by one `struct` call, and so is the length of
a text behind them. A step reads what the kinds' own `take` would read, and raises the same.
"""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import TypeAlias, TypeVar

from holdfast.grading.wire.kinds import Buffer, Bytes, Int, Kind, Short, Text, Unreadable
from holdfast.grading.wire.text import BadText, Encoding, decode_text

T = TypeVar("T")
Step: TypeAlias = Callable[[Buffer, int, int, int, list[object]], int]
"""Reads some fields: (data, pos, end, start, values so far) -> the offset behind them."""
Take: TypeAlias = Callable[[Buffer, int, int, int], tuple[T, int]]
"""Reads all fields: (data, pos, end, start) -> what was made of them, the offset behind them."""


def compile_take(kinds: Sequence[Kind], make: Callable[..., T]) -> Take[T]:
    """One function that reads all these fields and hands them to `make`."""
    steps = _steps(kinds)
    if len(steps) == 1:
        return _take_in_one_step(steps[0], make)

    def take(data: Buffer, pos: int, end: int, start: int) -> tuple[T, int]:
        values: list[object] = []
        for step in steps:
            pos = step(data, pos, end, start, values)
        return make(*values), pos

    return take


def _take_in_one_step(step: Step, make: Callable[..., T]) -> Take[T]:
    def take(data: Buffer, pos: int, end: int, start: int) -> tuple[T, int]:
        values: list[object] = []
        stop = step(data, pos, end, start, values)
        return make(*values), stop

    return take


def _steps(kinds: Sequence[Kind]) -> list[Step]:
    steps: list[Step] = []
    run: list[Int] = []
    for kind in kinds:
        sized = kind if isinstance(kind, Text | Bytes) else None
        length = sized.size if sized and isinstance(sized.size, Int) else None
        number = kind if isinstance(kind, Int) else length
        if run and (number is None or number.order != run[0].order):
            steps.append(_run_step(run))
            run = []
        if sized and length and not length.signed:
            steps.append(_sized_step([*run, length], sized))
            run = []
        elif isinstance(kind, Int):
            run.append(kind)
        else:
            steps += [_run_step(run)] if run else []
            steps.append(_kind_step(kind))
            run = []
    return [*steps, _run_step(run)] if run else steps


def _layout(run: list[Int]) -> Struct:
    return Struct(run[0].mark + "".join(kind.code for kind in run))


def _run_step(run: list[Int]) -> Step:
    layout = _layout(run)
    size = layout.size
    unpack_from = layout.unpack_from

    def step(data: Buffer, pos: int, end: int, start: int, values: list[object]) -> int:
        stop = pos + size
        if stop > end:
            raise Short(stop)
        values += unpack_from(data, pos)
        return stop

    return step


def _sized_step(run: list[Int], kind: Text | Bytes) -> Step:
    """Integers, the last of which is the length of the bytes behind them."""
    layout = _layout(run)
    size = layout.size
    unpack_from = layout.unpack_from
    decode = _text_decoder(kind) if isinstance(kind, Text) else bytes

    def step(data: Buffer, pos: int, end: int, start: int, values: list[object]) -> int:
        first = pos + size
        if first > end:
            raise Short(first)
        values += unpack_from(data, pos)
        stop = first + values[-1]  # type: ignore[operator]  # the length, an int
        if stop > end:
            raise Short(stop)
        try:
            values[-1] = decode(data[first:stop])
        except BadText as error:
            raise Unreadable(first + error.at, error.reason, stop) from error
        return stop

    return step


def _text_decoder(kind: Text) -> Callable[[Buffer], str]:
    encoding = kind.encoding
    is_wide = encoding in (Encoding.UTF_16_BE, Encoding.UTF_16_LE)

    def decode(raw: Buffer) -> str:
        # Almost all text is ASCII, and that reads the same in every encoding but UTF-16.
        if is_wide or not raw.isascii():
            return decode_text(raw, encoding)
        return str(raw, "ascii")

    return decode


def _kind_step(kind: Kind) -> Step:
    take = kind.take

    def step(data: Buffer, pos: int, end: int, start: int, values: list[object]) -> int:
        value, stop = take(data, pos, end, start)
        values.append(value)
        return stop

    return step
