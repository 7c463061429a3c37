"""The assembler: what it writes is what the standard says, and nonsense is refused early."""

import struct

import pytest

from holdfast.platform.balancer.packets.code import FP, MOST_STEPS, R0, R1, R2, Code


def steps(code: Code) -> list[tuple[int, int, int, int, int]]:
    """(operation, to, of, offset, number) of each step."""
    found = struct.iter_unpack("<BBhi", code.assembled())
    return [(op, regs & 15, regs >> 4, offset, number) for op, regs, offset, number in found]


def test_steps_are_written_as_rfc_9669_says() -> None:
    code = Code()
    code.load(R1, 4, R2, 8)
    code.store(2, FP, -4, R1)
    code.store_number(1, FP, -8, 7)
    code.number(R0, "=", -1)
    code.register(R0, "+", R1)
    code.map(R1, 5)
    code.call(1)
    code.add_in_place(R0, 16, R2, fetch=True)
    code.leave(0)
    assert steps(code) == [
        (0x61, R1, R2, 8, 0),
        (0x6B, FP, R1, -4, 0),
        (0x72, FP, 0, -8, 7),
        (0xB7, R0, 0, 0, -1),
        (0x0F, R0, R1, 0, 0),
        (0x18, R1, 1, 0, 5),
        (0x00, 0, 0, 0, 0),
        (0x85, 0, 0, 0, 1),
        (0xDB, R0, R2, 16, 1),
        (0xB7, R0, 0, 0, 0),
        (0x95, 0, 0, 0, 0),
    ]


def test_jumps_lead_forward_to_their_labels() -> None:
    code = Code()
    code.when(R0, "==", 1, "end")
    code.when_register(R0, ">", R1, "end")
    code.jump("end")
    code.number(R0, "=", 0)
    code.label("end")
    code.leave(0)
    offsets = [offset for _, _, _, offset, _ in steps(code)]
    assert offsets[:3] == [3, 2, 1]


def test_numbers_of_32_bits_keep_their_bits() -> None:
    code = Code()
    code.number(R0, "=", 0xFFFF_FFFE)
    assert steps(code)[0][4] == -2


def test_a_label_that_is_nowhere_or_behind_is_an_error() -> None:
    nowhere = Code()
    nowhere.jump("end")
    with pytest.raises(ValueError, match="a jump to end leads nowhere"):
        nowhere.assembled()
    back = Code()
    back.label("start")
    back.jump("start")
    with pytest.raises(ValueError, match="or back"):
        back.assembled()
    twice = Code()
    twice.label("here")
    with pytest.raises(ValueError, match="two places called here"):
        twice.label("here")


def test_too_many_steps_are_an_error() -> None:
    code = Code()
    for _ in range(MOST_STEPS + 1):
        code.number(R0, "=", 0)
    with pytest.raises(ValueError, match="too many"):
        code.assembled()
