from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.cabin_layout import Place
from holdfast.flights.domain.fare import Cabin, PassengerType, Price, SeatTier
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.seat_map import (
    EXIT_DISCLOSURES,
    Seating,
    choices,
    is_exit_seat,
    seat_map,
    seatings,
)
from tests.support.sold_trips import TERMS, leg, offer, sold_segment, travellers

ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT


def _tier(**changes: object) -> SeatTier:
    filed = SeatTier(
        "BA", "320", Cabin.ECONOMY, "standard", "Standard seat", 1, 99, "", "EUR", Price(1200)
    )
    return replace(filed, **changes)  # type: ignore[arg-type]


def _asked(**changes: object) -> Seating:
    sold = offer()
    return replace(next(seatings(sold.id, sold, {})), **changes)  # type: ignore[arg-type]


def test_every_seat_of_the_sold_cabin_is_free_of_charge_where_nothing_is_filed() -> None:
    found = seat_map(_asked())
    assert len(found.seats) == 162
    offered = {name for name, seat in found.seats.items() if seat.services}
    assert len(offered) == 150
    assert {s.price for n in offered for s in found.seats[n].services} == {Money(0, "EUR")}
    assert found.seats["4A"].name == "Extra legroom"
    assert found.seats["1A"].services == ()


def test_a_taken_seat_has_no_services_and_is_not_restricted() -> None:
    found = seat_map(_asked(taken={"20A"}))
    assert found.seats["20A"].services == ()
    assert not found.seats["20A"].restricted
    assert found.seats["20B"].services


def test_the_most_narrowly_filed_tier_prices_a_seat() -> None:
    tiers = (
        _tier(),
        _tier(tier="front", name="Front", first_row=4, last_row=6, price=Price(2500)),
        _tier(
            tier="window", name="Window", columns="AF", first_row=4, last_row=6, price=Price(3000)
        ),
        _tier(aircraft="321", price=Price(1)),
        _tier(cabin=Cabin.BUSINESS, price=Price(2)),
    )
    found = seat_map(_asked(tiers=tiers))
    assert found.seats["5A"].services[0].price == Money(3000, "EUR")
    assert found.seats["5B"].services[0].price == Money(2500, "EUR")
    assert found.seats["20B"].services[0].price == Money(1200, "EUR")
    assert found.seats["20B"].name == "Standard seat"


def test_a_tier_in_another_currency_alone_sells_no_seat() -> None:
    assert not any(
        s.services for s in seat_map(_asked(tiers=(_tier(currency="GBP"),))).seats.values()
    )
    both = (_tier(currency="GBP"), _tier(first_row=1, last_row=99))
    assert seat_map(_asked(tiers=both)).seats["20B"].services[0].price == Money(1200, "EUR")


def test_a_fare_with_seats_included_gives_the_standard_tier_away() -> None:
    sold = offer(sold_segment(terms=replace(TERMS, seat_included=True)))
    tiers = (_tier(), _tier(tier="front", first_row=4, last_row=6, price=Price(2500)))
    found = seat_map(next(seatings(sold.id, sold, {"BA": tiers})))
    assert found.seats["20B"].services[0].price.minor == 0
    assert found.seats["5B"].services[0].price.minor == 2500


def test_exit_seats_disclose_their_duties_unless_the_airline_says_its_own() -> None:
    exits = [s for s in seat_map(_asked()).seats.values() if s.seat.place is Place.EXIT]
    assert exits
    assert {seat.disclosures for seat in exits} == {EXIT_DISCLOSURES}
    own = seat_map(_asked(tiers=(_tier(disclosures=("Be strong.",)),)))
    assert {s.disclosures for s in own.seats.values() if s.seat.cabin is Cabin.ECONOMY} == {
        ("Be strong.",)
    }


def test_only_adults_without_a_child_on_every_lap_sit_at_exits() -> None:
    def exit_seats(*party: PassengerType) -> list[tuple[int, bool]]:
        who = travellers(*party)
        seats = seat_map(_asked(travellers=who)).seats.values()
        return [(len(s.services), s.restricted) for s in seats if s.seat.place is Place.EXIT]

    assert set(exit_seats(ADULT, ADULT, CHILD, INFANT)) == {(2, False)}
    assert set(exit_seats(ADULT, INFANT)) == {(0, True)}
    assert set(exit_seats(CHILD)) == {(0, True)}


def test_infants_and_seated_passengers_are_offered_no_seat() -> None:
    who = travellers(ADULT, ADULT, INFANT)
    found = seat_map(_asked(travellers=who, seated={who[0].id}))
    assert [s.passenger_id for s in found.seats["20A"].services] == [who[1].id]


def test_a_seat_over_two_legs_is_one_that_both_aircraft_have() -> None:
    sold = offer(sold_segment(leg(), leg(board="LHR", off="JFK", configuration="C012Y060")))
    found = seat_map(next(seatings(sold.id, sold, {})))
    assert found.seats["10A"].services
    assert found.seats["20A"].services == ()
    without = offer(sold_segment(leg(), leg(board="LHR", off="JFK", configuration="C012")))
    assert not any(s.services for s in seat_map(next(seatings("x", without, {}))).seats.values())
    assert (
        len(
            next(
                iter(
                    choices(
                        next(seatings(sold.id, sold, {})), [found.seats["10A"].services[0].id]
                    ).values()
                )
            ).legs
        )
        == 2
    )


@given(st.sets(st.sampled_from(["4A", "12C", "20F", "28D", "1A"]), max_size=5))
def test_every_service_id_leads_back_to_its_seat_and_passenger(names: set[str]) -> None:
    asked = _asked(travellers=travellers(ADULT, CHILD), taken={"12C"})
    shown = seat_map(replace(asked, taken=())).seats
    wanted = {
        service.id: (name, service.passenger_id, service.price)
        for name in names
        for service in shown[name].services
    }
    found = choices(asked, [*wanted, "ase_" + "0" * 22])
    assert {
        id_: (seat.designator, seat.passenger_id, seat.price) for id_, seat in found.items()
    } == wanted


def test_nothing_is_found_where_nothing_is_asked_or_the_cabin_is_missing() -> None:
    assert choices(_asked(), []) == {}
    sold = offer(sold_segment(leg(configuration="C012")))
    assert choices(next(seatings(sold.id, sold, {})), ["ase_x"]) == {}


def test_other_offers_have_other_services_and_the_same_offer_the_same() -> None:
    first, again = seat_map(_asked()), seat_map(_asked())
    assert first == again
    assert (
        seat_map(_asked(owner_id="ord_other")).seats["20A"].services != first.seats["20A"].services
    )


def test_exit_seats_are_told_by_designator() -> None:
    asked = _asked()
    exits = {n for n, s in seat_map(asked).seats.items() if s.seat.place is Place.EXIT}
    assert all(is_exit_seat(asked, name) for name in exits)
    assert not is_exit_seat(asked, "20A")


def test_every_segment_is_asked_under_the_tiers_of_whoever_flies_it() -> None:
    sold = offer(sold_segment(), sold_segment(leg(118, "LHR", "FRA")))
    asked = list(seatings(sold.id, sold, {"BA": (_tier(),), "LH": ()}))
    assert [one.sold for one in asked] == [part.segments[0] for part in sold.slices]
    assert {one.tiers for one in asked} == {(_tier(),)}
