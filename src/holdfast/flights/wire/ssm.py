"""SSM and ASM telegrams: text -> changes of schedules, each with its line.

A delivery holds one telegram or several; parts of one message must all be there, or nothing is
read. A sub-message that cannot be read is a fault and the others stand. Addresses before the
telegram and what follows `NNNN` are passed over. (IATA SSIM, chapters 4 and 5.)
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from holdfast.flights.domain.filing import Fault, Rejected
from holdfast.flights.domain.schedule_change import Change
from holdfast.flights.wire.ssm_sub_message import Line, Told, read_sub_message

MAX_BYTES = 1 << 20
"""Of one delivery: a telegram has 4 kB at most, an hour of the busiest airline some hundred."""

_REFERENCE = re.compile(r"([0-9]{2}[A-Z]{3})([0-9]{5})([CE])([0-9]{3})(?:/(.*))?")


@dataclass(frozen=True, slots=True)
class Reference:
    """The part `part` of message `group` of a day; `is_last`: no part follows."""

    day: str
    group: int
    part: int
    is_last: bool
    creator: str = ""


class FiledChange(NamedTuple):
    """A change, the line where its sub-message begins, and its action identifier."""

    line: int
    action: str
    change: Change


@dataclass(frozen=True, slots=True)
class Telegram:
    """One telegram. `notes`: its supplementary information."""

    line: int
    kind: str
    is_utc: bool
    reference: Reference | None
    changes: tuple[FiledChange, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


def read_telegrams(data: bytes, near: date) -> list[Telegram] | Rejected:
    """All telegrams of a delivery, in order. Dates without a year are the nearest to `near`."""
    if len(data) > MAX_BYTES:
        return Rejected(0, f"it has more than {MAX_BYTES} bytes")
    text = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").upper()
    numbered = [(n, line.strip()) for n, line in enumerate(text.split("\n"), start=1)]
    starts = [n for n, (_, line) in enumerate(numbered) if line in ("SSM", "ASM")]
    if not starts:
        return Rejected(1, "there is no telegram: none of the lines is SSM or ASM")
    ends = [*starts[1:], len(numbered)]
    found = [_telegram(numbered[a:b], near) for a, b in zip(starts, ends, strict=True)]
    return _missing_part(found) or found


def _missing_part(telegrams: Sequence[Telegram]) -> Rejected | None:
    """Parts of a message come in order from the first to the last, next to each other."""
    expected: tuple[str, int, int] | None = None
    for telegram in telegrams:
        reference = telegram.reference
        if reference is None:
            continue
        this = (reference.day, reference.group, reference.part)
        if this != (expected or (reference.day, reference.group, 1)):
            day, group, part = expected or (reference.day, reference.group, 1)
            return Rejected(telegram.line, f"part {part:03} of message {day}{group:05} is missing")
        expected = (
            None if reference.is_last else (reference.day, reference.group, reference.part + 1)
        )
    if expected is not None:
        day, group, part = expected
        return Rejected(telegrams[-1].line, f"part {part:03} of message {day}{group:05} is missing")
    return None


def _telegram(numbered: list[Line], near: date) -> Telegram:
    (first, kind), *rest = ((n, line) for n, line in numbered if line)
    is_utc, reference = False, None
    rest = rest[: next((at for at, (_, line) in enumerate(rest) if line == "NNNN"), len(rest))]
    if rest and rest[0][1] in ("UTC", "LT"):
        is_utc = rest.pop(0)[1] == "UTC"
    match = _REFERENCE.fullmatch(rest[0][1]) if rest else None
    if match is not None:
        rest.pop(0)
        reference = Reference(
            match[1], int(match[2]), int(match[4]), match[3] == "E", match[5] or ""
        )
    changes: list[FiledChange] = []
    faults: list[Fault] = []
    notes: list[str] = []
    for block in _blocks(rest):
        number, action = block[0]
        if action == "SI" or action.startswith("SI "):
            notes += [line.removeprefix("SI").strip() for _, line in block]
            continue
        read = read_sub_message(block, Told(is_asm=kind == "ASM", is_utc=is_utc, near=near))
        if isinstance(read, Fault):
            faults.append(read)
        else:
            changes += (FiledChange(number, action[:3], change) for change in read)
    return Telegram(first, kind, is_utc, reference, tuple(changes), tuple(faults), tuple(notes))


def _blocks(numbered: Sequence[Line]) -> Iterator[list[Line]]:
    """Sub-messages: what stands between lines of `//`, and from `SI` on."""
    block: list[Line] = []
    for number, line in numbered:
        if block and (line in ("//", "SI") or line.startswith("SI ")):
            yield block
            block = []
        if line != "//":
            block.append((number, line))
    if block:
        yield block
