from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.domain.order import Payment
from holdfast.flights.domain.order_change import OrderChange, change_offers
from holdfast.flights.service.ports.order_changes import Confirming
from tests.support.sold_trips import leg, offer, order, sold_segment


def test_what_is_confirmed_is_fixed() -> None:
    booked = order(offer())
    later = leg().departing_at + timedelta(days=3)
    found = offer(sold_segment(leg(119, departing_at=later)), index=3)
    (one,) = change_offers(booked, [booked.offer.slices[0].id], [found], request_id="ocr_1")
    at = datetime(2026, 11, 26, tzinfo=UTC)
    change = OrderChange(one.change_id, booked.owner, False, one, at)
    confirming = Confirming(change, booked, Payment("pay_1", booked.id, one.more, at), at)
    with pytest.raises(AttributeError):
        confirming.at = at + timedelta(days=1)  # type: ignore[misc]
