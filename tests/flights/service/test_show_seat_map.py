from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from holdfast.flights.domain.fare import Cabin, Price, PriceState, Rise, SeatTier
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.service.ports.catalogue import PublishedTier
from holdfast.flights.service.show_seat_map import ShowSeatMaps, seating_of
from tests.support.flights_world import WorldClock
from tests.support.sold_trips import NOW, leg, offer, order, sold_segment

DWELL_S = 3600.0


def _tier(p: int, s: int | None = None, *, since_s: float = -1e6) -> PublishedTier:
    """A tier of the whole cabin; a rise to `s` that was filed a minute ago is pending."""
    tier = SeatTier(
        "BA", "320", Cabin.ECONOMY, "standard", "Standard", 1, 99, "", "EUR", Price(s or p)
    )
    at = NOW.timestamp()
    return PublishedTier(1, tier, PriceState(Price(p), at + since_s, Price(s or p), at - 60, 1))


class _Shop:
    def __init__(self, *tiers: PublishedTier) -> None:
        self.tiers = tiers
        self.taken: dict[LegKey, frozenset[str]] = {}
        self.clock = WorldClock(NOW)

    async def tiers_of(self, airline: str) -> Sequence[PublishedTier]:
        return [one for one in self.tiers if one.tier.carrier == airline]

    async def taken_of(self, legs: Sequence[LegKey]) -> Mapping[LegKey, frozenset[str]]:
        return {one: self.taken[one] for one in legs if one in self.taken}

    def show(self, rule: PriceRule = RULE) -> ShowSeatMaps:
        return ShowSeatMaps(self.tiers_of, self.taken_of, self.clock, rule)


async def test_there_is_a_map_for_each_segment_of_which_something_is_known() -> None:
    sold = offer(sold_segment(), sold_segment(leg(118, "LHR", "FRA", configuration="")))
    (found,) = await _Shop().show().of_offer(sold)
    assert found.segment_id == sold.slices[0].segments[0].id


async def test_a_seat_that_is_taken_on_any_leg_cannot_be_had() -> None:
    second = leg(board="LHR", off="JFK", departing_at=leg().departing_at + timedelta(hours=3))
    sold = offer(sold_segment(leg(), second))
    shop = _Shop()
    shop.taken = {leg().key: frozenset({"20A"}), second.key: frozenset({"20B"})}
    (found,) = await shop.show().of_offer(sold)
    assert [bool(found.seats[name].services) for name in ("20A", "20B", "20C")] == [
        False,
        False,
        True,
    ]


async def test_seats_cost_what_they_did_when_the_offer_was_made() -> None:
    shop = _Shop(_tier(1000, 1500, since_s=60 - DWELL_S))
    (before,) = await shop.show().of_offer(offer())
    shop.clock.move(minutes=5)
    (after,) = await shop.show().of_offer(offer())
    assert before == after
    assert before.seats["20A"].services[0].price == Money(1000, "EUR")
    (of_order,) = await shop.show().of_order(order(offer()))
    assert of_order.seats["20A"].services[0].price == Money(1500, "EUR")


async def test_seats_rest_as_long_as_the_rule_says() -> None:
    shop = _Shop(_tier(1000, 1500, since_s=-DWELL_S))
    for rule, price in ((RULE, 1500), (PriceRule(dwell_s=DWELL_S + 1), 1000)):
        (found,) = await shop.show(rule).of_order(order(offer()))
        assert found.seats["20A"].services[0].price == Money(price, "EUR")


async def test_a_rise_that_is_written_while_an_offer_lives_is_not_its_own() -> None:
    made_at = NOW.timestamp()
    risen = replace(_tier(1500), rise=Rise(Price(1000), made_at + 60))
    (of_offer,) = await _Shop(risen).show().of_offer(offer())
    (of_order,) = await _Shop(risen).show().of_order(order(offer()))
    costs = [one.seats["20A"].services[0].price for one in (of_offer, of_order)]
    assert costs == [Money(1000, "EUR"), Money(1000, "EUR")]
    later = _Shop(risen)
    later.clock.move(minutes=2)
    (of_order,) = await later.show().of_order(order(offer()))
    assert of_order.seats["20A"].services[0].price == Money(1500, "EUR")


async def test_services_lead_back_to_seats_of_the_offer_or_the_order_they_were_shown_for() -> None:
    show, sold = _Shop().show(), offer()
    booked = order(sold)
    (of_offer,), (of_order,) = await show.of_offer(sold), await show.of_order(booked)
    first, second = (one.seats["20A"].services[0].id for one in (of_offer, of_order))
    assert first != second
    assert (await show.chosen_with_offer(sold, [first, second])).keys() == {first}
    assert (await show.chosen_with_order(booked, [first, second])).keys() == {second}
    assert await show.chosen_with_offer(sold, []) == {}


async def test_whoever_has_a_seat_is_offered_no_other() -> None:
    show, sold = _Shop().show(), offer()
    (found,) = await show.of_offer(sold)
    wanted = found.seats["20A"].services[0].id
    chosen = (await show.chosen_with_offer(sold, [wanted]))[wanted]
    booked = replace(order(sold), seats=(chosen,))
    (after,) = await show.of_order(booked)
    assert not any(one.services for one in after.seats.values())


def test_what_is_asked_of_a_segment_is_found_by_its_id() -> None:
    sold = offer()
    segment = sold.slices[0].segments[0]
    found = seating_of(sold, segment.id)
    assert found is not None
    assert found.sold == segment
    assert seating_of(sold, "seg_x") is None
