"""The exchange keeps frames in order and knows what each answer is for."""

from holdfast.grading.service.ledger_calls import LeasesFrom
from holdfast.grading.service.session_exchange import (
    Ask,
    CloseTransport,
    Exchange,
    Inquiring,
    Opening,
    Reporting,
    ResumeReading,
    SendBytes,
)

CALL = LeasesFrom("192.0.2.7")


def test_a_frame_goes_out_at_once_when_nothing_is_held() -> None:
    exchange = Exchange()
    exchange.send(b"a", 1.0)
    assert exchange.take() == [SendBytes(b"a")]
    assert exchange.take() == []


def test_a_held_frame_holds_back_all_that_follow() -> None:
    exchange = Exchange()
    exchange.send(b"a", 1.0, not_before=2.0)
    exchange.send(b"b", 1.0)
    exchange.send(b"c", 1.0, not_before=3.0)
    assert exchange.take() == []
    assert exchange.held_until == 2.0
    exchange.flush(2.5)
    assert exchange.take() == [SendBytes(b"a"), SendBytes(b"b")]
    exchange.flush(3.0)
    assert exchange.take() == [SendBytes(b"c")]
    assert exchange.held_until is None


def test_a_close_lets_out_what_is_held_and_then_nothing() -> None:
    exchange = Exchange()
    exchange.send(b"a", 1.0, not_before=2.0)
    exchange.close()
    exchange.close()
    exchange.send(b"b", 1.0)
    assert exchange.take() == [SendBytes(b"a"), CloseTransport()]
    assert not exchange.is_open


def test_a_cut_sends_nothing_any_more() -> None:
    exchange = Exchange()
    exchange.send(b"a", 1.0, not_before=2.0)
    exchange.cut()
    exchange.flush(3.0)
    assert exchange.take() == []


def test_an_answer_finds_its_purpose_once() -> None:
    exchange = Exchange()
    exchange.ask(CALL, Opening(1))
    exchange.ask(CALL, Inquiring(1, 2))
    exchange.command(ResumeReading())
    assert exchange.take() == [Ask(1, CALL), Ask(2, CALL), ResumeReading()]
    assert exchange.answered(2) == Inquiring(1, 2)
    assert exchange.answered(2) is None
    assert exchange.answered(99) is None


def test_reports_are_waited_for_by_nobody() -> None:
    exchange = Exchange()
    exchange.ask(CALL, Reporting())
    assert not exchange.is_waiting
    exchange.ask(CALL, Opening(1))
    assert exchange.is_waiting
