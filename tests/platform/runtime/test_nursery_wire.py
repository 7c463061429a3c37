"""The words between supervisor and nursery: what is not understood is refused with a reason."""

import json

import pytest

from holdfast.platform.runtime.nursery_wire import (
    FIXED_DESCRIPTORS,
    MAX_MESSAGE_BYTES,
    Wanted,
    born_message,
    is_ready,
    modules_message,
    parse_answer,
    parse_modules,
    ready_message,
    refused_message,
)

GOOD = {"argv": ["python", "-m", "x"], "environment": {"A": "1"}, "pipes": ["GATE"]}


def test_an_order_arrives_as_it_was_sent() -> None:
    order = Wanted(("python", "ü", "\udcff"), {"A": "", "Ü": "=\udc80"}, ("GATE", "LIFELINE"))
    assert Wanted.parse(order.message(), FIXED_DESCRIPTORS + 2) == order


@pytest.mark.parametrize(
    "changes",
    [
        {"argv": []},
        {"argv": [1]},
        {"argv": "python"},
        {"argv": ["a\0b"]},
        {"environment": []},
        {"environment": {"A": 1}},
        {"environment": {"": "1"}},
        {"environment": {"A=B": "1"}},
        {"environment": {"A": "\0"}},
        {"pipes": [None]},
        {"pipes": []},
        {"pipes": ["GATE", "LIFELINE"]},
    ],
    ids=str,
)
def test_an_order_that_cannot_be_met_is_junk(changes: dict[str, object]) -> None:
    assert Wanted.parse(json.dumps(GOOD).encode(), FIXED_DESCRIPTORS + 1).pipes == ("GATE",)
    with pytest.raises(ValueError, match=r"none|came with it"):
        Wanted.parse(json.dumps({**GOOD, **changes}).encode(), FIXED_DESCRIPTORS + 1)


@pytest.mark.parametrize("message", [b"", b"{", b"\xff", b"[]", b"1", b"[" * 100_000], ids=len)
def test_what_is_no_object_is_junk(message: bytes) -> None:
    for parse in (parse_modules, parse_answer, lambda text: Wanted.parse(text, 0)):
        with pytest.raises(ValueError, match=r"no JSON|no object"):
            parse(message)


def test_messages_are_bounded() -> None:
    with pytest.raises(ValueError, match="too many"):
        Wanted(("x" * MAX_MESSAGE_BYTES,), {}, ()).message()
    with pytest.raises(ValueError, match="too large"):
        parse_modules(b" " * (MAX_MESSAGE_BYTES + 1))
    assert len(refused_message("x" * MAX_MESSAGE_BYTES)) < 2000


def test_answers_are_a_process_or_a_reason() -> None:
    assert parse_answer(born_message(42)) == 42
    with pytest.raises(ValueError, match=r"^no memory$"):
        parse_answer(refused_message("no memory"))
    for junk in (ready_message(), born_message(1), b'{"pid": "2"}'):
        with pytest.raises(ValueError, match="answer is none"):
            parse_answer(junk)


def test_modules_and_readiness_travel() -> None:
    assert parse_modules(modules_message(["a", "b.c"])) == ("a", "b.c")
    assert is_ready(ready_message())
    assert not is_ready(b"")
