from dataclasses import replace
from datetime import date, timedelta

import msgspec

from holdfast.flights.domain.order_change import (
    AddedSlice,
    ChangeOffer,
    ChangeRequest,
    OrderChange,
    change_offers,
)
from holdfast.flights.wire.duffel_changes import (
    ChangeRequestBody,
    added_slices,
    change_offer_shape,
    change_request_shape,
    order_change_shape,
)
from tests.support.little_atlas import little_names
from tests.support.sold_trips import NOW, leg, offer, order, sold_segment

BOOKED = order(offer())
LATER = leg().departing_at + timedelta(days=3)


def _offer() -> ChangeOffer:
    found = offer(sold_segment(leg(119, departing_at=LATER)), index=3)
    gone = [BOOKED.offer.slices[0].id]
    (change,) = change_offers(BOOKED, gone, [found], request_id="ocr_1")
    return change


def test_an_offer_tells_what_is_paid_and_what_comes_and_goes() -> None:
    shape = change_offer_shape(little_names(), _offer(), live_mode=False)
    assert (shape.change_total_amount, shape.penalty_amount) == ("50.00", "50.00")
    assert shape.new_total_amount == "140.80"
    assert {shape.change_total_currency, shape.new_total_currency, shape.penalty_currency} == {
        "EUR"
    }
    assert shape.slices.add[0].segments[0].departing_at == "2026-12-04T08:00:00"
    assert shape.slices.remove[0].id == BOOKED.offer.slices[0].id
    assert shape.created_at == shape.updated_at
    assert shape.id.startswith("oco_")
    assert shape.order_change_id.startswith("oce_")


def test_a_request_tells_what_was_asked_and_what_was_found() -> None:
    asked = AddedSlice("FRA", "LON", date(2026, 12, 4))
    request = ChangeRequest(
        "ocr_1", "acme", False, BOOKED.id, NOW, ("sli_1",), (asked,), (_offer(),)
    )
    told = msgspec.to_builtins(change_request_shape(little_names(), request))
    assert told["slices"]["remove"] == [{"slice_id": "sli_1"}]
    assert told["slices"]["add"][0]["destination"]["type"] == "city"
    assert told["slices"]["add"][0]["departure_date"] == "2026-12-04"
    assert len(told["order_change_offers"]) == 1


def test_a_change_tells_whether_it_is_done() -> None:
    change = OrderChange("oce_1", "acme", False, _offer(), NOW)
    shape = order_change_shape(little_names(), change)
    assert (shape.confirmed_at, shape.penalty_total_amount) == (None, "50.00")
    done = order_change_shape(little_names(), replace(change, confirmed_at=NOW))
    assert done.confirmed_at == "2026-11-26T12:00:00.250000Z"
    assert done.order_id == BOOKED.id


def test_places_that_are_asked_for_are_codes_or_ids() -> None:
    add = {"origin": "arp_fra_de", "destination": "lhr", "departure_date": "2026-12-04"}
    body = {"order_id": "ord_1", "slices": {"add": [add], "remove": [{"slice_id": "sli_1"}]}}
    codes = {"arp_fra_de": "FRA"}
    found = added_slices(msgspec.convert(body, ChangeRequestBody), codes.get)
    assert found == (AddedSlice("FRA", "LHR", date(2026, 12, 4)),)
