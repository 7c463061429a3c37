"""A search: from a query to offers that are stored, and only then shown.

Schedule and fares come from the snapshot, seats taken from the store at that moment. Each price is
the price rule's at `now`, lowered to what this viewer was shown before (G3); what is about to be
shown is first noted in the viewer's leases, and if one of them knows a lower price by then, the
offers are made again with it. Then the request is stored whole (G1).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from holdfast.flights.domain import offering
from holdfast.flights.domain.assembly import MAX_OFFERS_SHOWN, Counter, combine
from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.availability import Availability
from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.flight import Itinerary, LegKey, Segment
from holdfast.flights.domain.ids import MAX_OFFERS, make_id
from holdfast.flights.domain.offer import Offer, OfferRequest, Query, QuotedFare
from holdfast.flights.domain.party import Party
from holdfast.flights.domain.pricing import PricedClass
from holdfast.flights.domain.viewer_lease import LENGTH_S
from holdfast.flights.service.check_query import BadQuery, check
from holdfast.flights.service.find_itineraries import FindItineraries
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.catalogue import Catalogue
from holdfast.flights.service.ports.quotes import Answered, LeaseKey, Quotes
from holdfast.flights.service.snapshot import Snapshot, Snapshots
from holdfast.platform.data.failures import Conflict
from holdfast.platform.runtime.clock import Clock

MAX_ROUNDS = 5
"""Other searches of the same viewer may find lower prices meanwhile; each makes one more round."""

Prices = Mapping[LeaseKey, Price]
_Priced = Mapping[int, Sequence[PricedClass]]
"""By `id` of a segment, whose own hash would take longer than its price."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. `viewer`: the person or session behind the owner's token, for the price lease."""

    owner: str
    viewer: str
    live_mode: bool = False


@dataclass(frozen=True, slots=True)
class Answering:
    """A key of the call, and how the answer follows from what was found: stored together."""

    once: Once
    answer: Callable[[OfferRequest], StoredAnswer]


@dataclass(frozen=True, slots=True)
class SearchRules:
    """`offer_lifetime_s`: the price lock. `lease_s` is at least as long. `max_offers` of one
    request."""

    offer_lifetime_s: float = 30 * 60
    lease_s: float = LENGTH_S
    max_offers: int = MAX_OFFERS_SHOWN

    def __post_init__(self) -> None:
        assert offering.SHORTEST_LOCK_S <= self.offer_lifetime_s <= self.lease_s
        assert self.max_offers <= MAX_OFFERS


@dataclass(frozen=True, slots=True)
class SearchOffers:
    """The use case. `draw` gives 16 random bytes: all the randomness a request needs."""

    snapshots: Snapshots
    catalogue: Catalogue
    quotes: Quotes
    atlas: Atlas
    clock: Clock
    draw: Callable[[], bytes]
    itineraries: FindItineraries
    rules: SearchRules = SearchRules()

    async def search(
        self, query: Query, asker: Asker, answering: Answering | None = None
    ) -> OfferRequest | BadQuery:
        """The stored request with its offers, recommended first; the query's travellers get ids.

        Raises `AnsweredBefore` when the call's key has an answer; then nothing was stored.
        """
        now = self.clock.wall()
        wrong = check(query, self.atlas, now)
        if wrong is not None:
            return wrong
        request_id = make_id("orq", self.draw())
        travellers = tuple(
            replace(who, id=offering.traveller_id(request_id, index))
            for index, who in enumerate(query.travellers)
        )
        query = replace(query, travellers=travellers)
        issue = offering.Issue(request_id, now, travellers, self.rules.offer_lifetime_s)
        offers = await self._offers(query, issue, asker.viewer)
        request = OfferRequest(
            id=request_id,
            owner=asker.owner,
            live_mode=asker.live_mode,
            created_at=now,
            expires_at=issue.latest_expiry,
            query=query,
            offers=offers,
        )
        answered = Answered(answering.once, answering.answer(request)) if answering else None
        await self.quotes.save(request, asker.viewer, answered)
        return request

    async def _offers(self, query: Query, issue: offering.Issue, viewer: str) -> tuple[Offer, ...]:
        snapshot = self.snapshots.current
        slices = self.itineraries.of(snapshot, query, issue.now)
        party = Party.of(issue.travellers)
        priced = _priced(snapshot, slices, query, issue.now, party)
        length_s = self.rules.lease_s
        known = dict(await self.quotes.leases(viewer, _keys(priced), issue.now, length_s))
        availability = Availability(snapshot.sales, await self.catalogue.sold(_legs(slices)))
        for _ in range(MAX_ROUNDS):
            counter = Counter(_Lowered(priced, known).classes, availability, party)
            options = [
                [option for one in itineraries for option in counter.options(one)]
                for itineraries in slices
            ]
            offers = offering.offers(issue, combine(options, self.rules.max_offers))
            shown = _shown(offers)
            seen = await self.quotes.see(viewer, shown, issue.now, length_s)
            if not any(seen[key] < price for key, price in shown.items()):
                return offers
            known.update(seen)
        raise Conflict("prices of this viewer changed with every look")


def _priced(
    snapshot: Snapshot,
    slices: Sequence[Sequence[Itinerary]],
    query: Query,
    now: datetime,
    party: Party,
) -> _Priced:
    """Every class of every segment at the published price, each segment once."""
    types = [kind for kind, _ in party.counts]
    segments = {id(part): part for found in slices for one in found for part in one.segments}
    return {
        place: snapshot.sales.price(segment, types, now.timestamp(), query.cabin)
        for place, segment in segments.items()
    }


def _legs(slices: Sequence[Sequence[Itinerary]]) -> list[LegKey]:
    legs = {
        leg.key for found in slices for one in found for part in one.segments for leg in part.legs
    }
    return sorted(legs)


def _keys(priced: _Priced) -> list[LeaseKey]:
    keys = {_key(fare) for classes in priced.values() for one in classes for fare in one.fares}
    return sorted(keys)


def _key(fare: QuotedFare) -> LeaseKey:
    return LeaseKey(fare.fare_id, fare.passenger_type)


class _Lowered:
    """The classes of segments at what this viewer may be shown, each worked out once."""

    def __init__(self, priced: _Priced, known: Prices) -> None:
        self._priced = priced
        self._known = known
        self._lowered: dict[int, Sequence[PricedClass]] = {}

    def classes(self, segment: Segment) -> Sequence[PricedClass]:
        if not self._known:
            return self._priced[id(segment)]
        found = self._lowered.get(id(segment))
        if found is None:
            found = [self._lower(one) for one in self._priced[id(segment)]]
            self._lowered[id(segment)] = found
        return found

    def _lower(self, one: PricedClass) -> PricedClass:
        fares = tuple(_lower(fare, self._known.get(_key(fare))) for fare in one.fares)
        return replace(one, fares=fares)


def _lower(fare: QuotedFare, lowest: Price | None) -> QuotedFare:
    return replace(fare, price=lowest) if lowest is not None and lowest < fare.price else fare


def _shown(offers: Sequence[Offer]) -> dict[LeaseKey, Price]:
    return {
        _key(fare): fare.price
        for offer in offers
        for part in offer.slices
        for sold in part.segments
        for fare in sold.fares
    }
