"""PURE. An assembler for programs that the kernel runs for each packet (eBPF, RFC 9669).

Steps are called by what they do, jumps go forward to labels, and the result is the bytes that
bpf(2) loads. Eleven registers: R0 is an answer, R1 to R5 are arguments and do not outlive a `call`,
R6 to R9 do; FP is the end of 512 bytes of one's own. Addresses are a register and an offset.
"""

import struct
from dataclasses import dataclass, field
from typing import Literal

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = range(11)
MOST_STEPS = 4_096
"""What every kernel loads, also of users without all rights."""

Operation = Literal["+", "-", "*", "/", "|", "&", "<<", ">>", "%", "^", "="]
Condition = Literal["==", "!=", ">", ">=", "<", "<=", "&"]
Size = Literal[1, 2, 4, 8]

_STEP = struct.Struct("<BBhi")
_SIZES: dict[int, int] = {1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18}
_OPERATIONS = {
    "+": 0x00,
    "-": 0x10,
    "*": 0x20,
    "/": 0x30,
    "|": 0x40,
    "&": 0x50,
    "<<": 0x60,
    ">>": 0x70,
    "%": 0x90,
    "^": 0xA0,
    "=": 0xB0,
}
_CONDITIONS = {"==": 0x10, ">": 0x20, ">=": 0x30, "&": 0x40, "!=": 0x50, "<": 0xA0, "<=": 0xB0}
_LOAD, _STORE, _STORE_NUMBER, _ADD_IN_PLACE, _MARK = 0x61, 0x63, 0x62, 0xDB, 0xC3
_NUMBER, _REGISTER = 0x07, 0x0F
_JUMP, _JUMP_NUMBER, _JUMP_REGISTER = 0x05, 0x05, 0x0D
_WIDE, _MAP, _FETCH = 0x18, 1, 1
_CALL, _EXIT = 0x85, 0x95


@dataclass(slots=True)
class Code:
    """A program that is being written."""

    _steps: list[bytes] = field(default_factory=list)
    _labels: dict[str, int] = field(default_factory=dict)
    _jumps: list[tuple[int, str]] = field(default_factory=list)

    def load(self, into: int, size: Size, base: int, offset: int) -> None:
        """`into` = the unsigned number there."""
        self._put(_LOAD | _SIZES[size], into, base, offset)

    def store(self, size: Size, base: int, offset: int, register: int) -> None:
        """Write a register there."""
        self._put(_STORE | _SIZES[size], base, register, offset)

    def store_number(self, size: Size, base: int, offset: int, number: int) -> None:
        """Write a number there."""
        self._put(_STORE_NUMBER | _SIZES[size], base, 0, offset, number)

    def add_in_place(self, base: int, offset: int, register: int, *, fetch: bool = False) -> None:
        """Add to the 8 bytes there, at once for all processors; `fetch`: the register gets what was
        there before."""
        self._put(_ADD_IN_PLACE, base, register, offset, _FETCH if fetch else 0)

    def mark(self, base: int, offset: int, register: int) -> None:
        """Set the register's bits in the 4 bytes there, at once for all processors, and before
        anything that is read later; the register gets what was there before."""
        self._put(_MARK, base, register, offset, _OPERATIONS["|"] | _FETCH)

    def number(self, register: int, operation: Operation, number: int) -> None:
        """`register` = `register` operation `number`, in 64 bits; "=" sets it."""
        self._put(_NUMBER | _OPERATIONS[operation], register, 0, 0, number)

    def register(self, register: int, operation: Operation, other: int) -> None:
        """`register` = `register` operation `other`, in 64 bits."""
        self._put(_REGISTER | _OPERATIONS[operation], register, other)

    def map(self, into: int, descriptor: int) -> None:
        """`into` = the map behind this descriptor of whoever loads the program."""
        self._put(_WIDE, into, _MAP, 0, descriptor)
        self._put(0)

    def call(self, helper: int) -> None:
        """R0 = the kernel's helper of this number (R1, ...)."""
        self._put(_CALL, 0, 0, 0, helper)

    def label(self, name: str) -> None:
        """Jumps to this name lead here. `ValueError` if it leads elsewhere already."""
        if name in self._labels:
            raise ValueError(f"there are two places called {name}")
        self._labels[name] = len(self._steps)

    def jump(self, name: str) -> None:
        """Go on at a label further on."""
        self._jumps.append((len(self._steps), name))
        self._put(_JUMP)

    def when(self, register: int, condition: Condition, number: int, name: str) -> None:
        """Go on at a label if the condition holds, unsigned; "&": if they have a bit in common."""
        self._jumps.append((len(self._steps), name))
        self._put(_JUMP_NUMBER | _CONDITIONS[condition], register, 0, 0, number)

    def when_register(self, register: int, condition: Condition, other: int, name: str) -> None:
        """The same of two registers."""
        self._jumps.append((len(self._steps), name))
        self._put(_JUMP_REGISTER | _CONDITIONS[condition], register, other)

    def leave(self, answer: int) -> None:
        """The program ends with this answer."""
        self.number(R0, "=", answer)
        self._put(_EXIT)

    def assembled(self) -> bytes:
        """What bpf(2) loads. `ValueError` for a label that is nowhere, or behind its jump (the
        kernel wants to see an end), and for too many steps."""
        if len(self._steps) > MOST_STEPS:
            raise ValueError(f"{len(self._steps)} steps are too many")
        steps = list(self._steps)
        for place, name in self._jumps:
            to = self._labels.get(name)
            if to is None or to <= place:
                raise ValueError(f"a jump to {name} leads nowhere, or back")
            operation, registers, _, number = _STEP.unpack(steps[place])
            steps[place] = _STEP.pack(operation, registers, to - place - 1, number)
        return b"".join(steps)

    def _put(self, code: int, to: int = 0, of: int = 0, offset: int = 0, number: int = 0) -> None:
        signed = number - (1 << 32) if number >= 1 << 31 else number
        self._steps.append(_STEP.pack(code, to | of << 4, offset, signed))
