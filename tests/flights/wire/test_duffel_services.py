from holdfast.flights.domain.seat_map import seat_map, seatings
from holdfast.flights.wire.duffel_services import seat_offers
from tests.support.sold_trips import offer


def test_every_seat_that_can_be_had_is_offered_under_its_id_of_the_map() -> None:
    sold = offer()
    shown = seat_map(next(seatings("ord_1", sold, {})))
    found = list(seat_offers([shown]))
    assert len(found) == 150
    assert found[0].id == shown.seats["4A"].services[0].id
    assert found[0].metadata.designator == "4A"
    assert found[0].segment_ids == [sold.slices[0].segments[0].id]
    assert (found[0].type, found[0].maximum_quantity, found[0].total_amount) == ("seat", 1, "0.00")
