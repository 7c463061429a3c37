"""Giving an order back: quote, then confirm."""

from datetime import timedelta

import pytest

from holdfast.flights.domain.booking_rules import departure
from holdfast.flights.domain.disruption import ChangeKind
from holdfast.flights.domain.order import Cancellation, OrderState, PaymentType
from holdfast.flights.service.cancel_order import QUOTE_S, CancelOrder
from holdfast.flights.service.ports.bookings import QuoteOutcome, WrongState
from tests.flights.booking_samples import FARE, OWNER
from tests.flights.service.booking_desk import FUNDS, Desk, FakeDisruptions

PENALTY = 3_000
HOUR = timedelta(hours=1)


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.fund()
    return desk


@pytest.fixture
def disruptions() -> FakeDisruptions:
    return FakeDisruptions()


@pytest.fixture
def cancel(desk: Desk, disruptions: FakeDisruptions) -> CancelOrder:
    return CancelOrder(desk.store, disruptions, desk.draw)


def quoted(outcome: QuoteOutcome) -> Cancellation:
    assert isinstance(outcome, Cancellation)
    return outcome


async def test_a_quote_tells_the_refund_and_its_confirmation_pays_it(
    desk: Desk, cancel: CancelOrder
) -> None:
    made = await desk.buy()
    quote = quoted(await cancel.quote(made.id, OWNER))
    assert quote.refund.minor == FARE - PENALTY
    assert quote.refund_to is PaymentType.BALANCE
    assert quote.expires_at == desk.moment + timedelta(seconds=QUOTE_S)
    assert await desk.money() == FUNDS - FARE
    done = quoted(await cancel.confirm(quote.id, OWNER))
    assert done.confirmed_at == desk.moment
    assert await desk.money() == FUNDS - PENALTY
    found = await desk.store.order(made.id, OWNER)
    assert found is not None
    assert found.state is OrderState.CANCELLED


async def test_confirming_again_tells_the_same(desk: Desk, cancel: CancelOrder) -> None:
    made = await desk.buy()
    quote = quoted(await cancel.quote(made.id, OWNER))
    first = await cancel.confirm(quote.id, OWNER)
    desk.moment += HOUR
    assert await cancel.confirm(quote.id, OWNER) == first
    assert await desk.money() == FUNDS - PENALTY


async def test_an_unpaid_hold_refunds_nothing_and_is_released(
    desk: Desk, cancel: CancelOrder
) -> None:
    held = await desk.buy(hold=HOUR)
    quote = quoted(await cancel.quote(held.id, OWNER))
    assert (quote.refund.minor, quote.refund_to) == (0, None)
    quoted(await cancel.confirm(quote.id, OWNER))
    assert await desk.money() == FUNDS


async def test_a_quote_ends_with_the_departure_at_the_latest(
    desk: Desk, cancel: CancelOrder
) -> None:
    made = await desk.buy()
    leaves_at = departure(made.offer)
    desk.moment = leaves_at - timedelta(minutes=5)
    assert quoted(await cancel.quote(made.id, OWNER)).expires_at == leaves_at
    desk.moment = leaves_at
    assert await cancel.quote(made.id, OWNER) == WrongState("departed")


@pytest.mark.parametrize("kind", [ChangeKind.SCHEDULE, ChangeKind.CANCELLATION])
async def test_what_the_airline_changed_comes_back_whole_until_it_is_accepted(
    desk: Desk, cancel: CancelOrder, disruptions: FakeDisruptions, kind: ChangeKind
) -> None:
    made = await desk.buy()
    change = disruptions.add(made, kind)
    assert quoted(await cancel.quote(made.id, OWNER)).refund.minor == FARE
    desk.moment = departure(made.offer) + HOUR
    late = quoted(await cancel.quote(made.id, OWNER))
    assert late.refund.minor == FARE
    assert late.expires_at > desk.moment
    await disruptions.accept(change.id, OWNER, desk.moment)
    assert await cancel.quote(made.id, OWNER) == WrongState("departed")


async def test_another_aircraft_is_no_reason(
    desk: Desk, cancel: CancelOrder, disruptions: FakeDisruptions
) -> None:
    made = await desk.buy()
    disruptions.add(made, ChangeKind.EQUIPMENT)
    assert quoted(await cancel.quote(made.id, OWNER)).refund.minor == FARE - PENALTY


async def test_nobody_gives_back_what_is_not_theirs(desk: Desk, cancel: CancelOrder) -> None:
    made = await desk.buy()
    assert await cancel.quote(made.id, "own_other") is None
    quote = quoted(await cancel.quote(made.id, OWNER))
    assert await cancel.confirm(quote.id, "own_other") is None
