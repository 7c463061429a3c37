import msgspec

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.seat_map import SeatMap, seat_map, seatings
from holdfast.flights.wire.duffel_seat_maps import SeatMapShape, seat_map_shape
from tests.support.sold_trips import leg, offer, sold_segment, travellers

CHILD = PassengerType.CHILD


def _map(*party: PassengerType, configuration: str = "C012Y150") -> SeatMap:
    sold = offer(sold_segment(leg(configuration=configuration)), party=travellers(*party))
    return seat_map(next(seatings(sold.id, sold, {})))


def _types(shape: SeatMapShape) -> set[str]:
    return {
        element.type
        for cabin in shape.cabins
        for row in cabin.rows
        for part in row.sections
        for element in part.elements
    }


def test_a_map_is_cabins_of_rows_of_sections_of_elements() -> None:
    shape = seat_map_shape(_map(), knows_restricted=False)
    business, economy = shape.cabins
    assert (business.cabin_class, economy.cabin_class) == ("business", "economy")
    assert (economy.deck, economy.aisles) == (0, 1)
    assert all(len(row.sections) == 2 for row in economy.rows)
    assert economy.wings is not None
    assert business.wings is None
    assert _types(shape) == {"seat", "lavatory", "galley", "exit_row", "empty", "closet"}


def test_seats_have_services_and_fixtures_only_a_type() -> None:
    told = msgspec.to_builtins(seat_map_shape(_map(), knows_restricted=False))
    elements = [
        element
        for row in told["cabins"][1]["rows"]
        for part in row["sections"]
        for element in part["elements"]
    ]
    seat = next(one for one in elements if one["type"] == "seat")
    assert seat.keys() == {"type", "designator", "name", "disclosures", "available_services"}
    assert seat["available_services"][0]["total_amount"] == "0.00"
    assert {"type": "exit_row"} in elements


def test_seats_that_the_party_may_not_have_are_restricted_for_v2_only() -> None:
    assert "restricted_seat_general" in _types(seat_map_shape(_map(CHILD), knows_restricted=True))
    assert "restricted_seat_general" not in _types(
        seat_map_shape(_map(CHILD), knows_restricted=False)
    )
    assert "restricted_seat_general" not in _types(seat_map_shape(_map(), knows_restricted=True))
