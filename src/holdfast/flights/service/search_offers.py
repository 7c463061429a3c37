"""A search: from a query to offers that are stored, and only then shown.

Schedule and fares come from the snapshot, seats taken from the store at that moment. Each price is
the price rule's at `now`, lowered to what this viewer was shown before (G3); what is about to be
shown is first noted in the viewer's leases, and if one of them knows a lower price by then, the
offers are made again with it. Then the request is stored whole (G1).
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from holdfast.flights.domain import offering
from holdfast.flights.domain.assembly import Counter, combine
from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.availability import Availability
from holdfast.flights.domain.flight import LegKey, Segment
from holdfast.flights.domain.ids import make_id
from holdfast.flights.domain.offer import Offer, OfferRequest, Query
from holdfast.flights.domain.party import Party
from holdfast.flights.domain.pricing import PricedClass
from holdfast.flights.domain.viewer_lease import Bucket, Leased
from holdfast.flights.service.check_query import BadQuery, check
from holdfast.flights.service.find_itineraries import FindItineraries
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.catalogue import Catalogue
from holdfast.flights.service.ports.quotes import Answered, Quotes
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.service.snapshot import Snapshot, Snapshots
from holdfast.flights.service.viewer_prices import Priced, ViewerPrices, bucket_of, shown_in
from holdfast.platform.data.failures import Conflict
from holdfast.platform.runtime.clock import Clock

MAX_ROUNDS = 5
"""Other searches of the same viewer may find lower prices meanwhile; each makes one more round."""


@dataclass(frozen=True, slots=True)
class First:
    """The request whose answer made a viewer known, and when: what it shows he has seen."""

    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. `viewer`: the person or session behind the owner's token, for the price lease."""

    owner: str
    viewer: str
    live_mode: bool = False
    first: First | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """A key of the call, and how the answer follows from what was found: stored together."""

    once: Once
    answer: Callable[[OfferRequest], StoredAnswer]


@dataclass(slots=True)
class SearchCounts:
    """What this process did since it began: searches that were stored, their offers, and queries
    that were refused."""

    searches: int = 0
    offers: int = 0
    refused: int = 0


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
    rules: SearchRules = field(default_factory=SearchRules)
    counts: SearchCounts = field(default_factory=SearchCounts)

    async def search(
        self, query: Query, asker: Asker, answering: Answering | None = None
    ) -> OfferRequest | BadQuery:
        """The stored request with its offers, recommended first; the query's travellers get ids.

        Raises `AnsweredBefore` when the call's key has an answer; then nothing was stored.
        """
        now = self.clock.wall()
        wrong = check(query, self.atlas, now)
        if wrong is not None:
            self.counts.refused += 1
            return wrong
        request_id = make_id("orq", self.draw())
        travellers = tuple(
            replace(who, id=offering.traveller_id(request_id, index))
            for index, who in enumerate(query.travellers)
        )
        query = replace(query, travellers=travellers)
        issue = offering.Issue(request_id, now, travellers, self.rules.offer_lifetime_s)
        offers = await self._offers(query, issue, asker)
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
        self.counts.searches += 1
        self.counts.offers += len(offers)
        return request

    async def _offers(self, query: Query, issue: offering.Issue, asker: Asker) -> tuple[Offer, ...]:
        snapshot = self.snapshots.current
        slices = self.itineraries.of(snapshot, query, issue.now)
        segments = {id(part): part for found in slices for one in found for part in one.segments}
        party = Party.of(issue.travellers)
        priced = _priced(snapshot, segments.values(), query, issue.now, party)
        leased, sold = await asyncio.gather(
            leases_of(
                self.quotes,
                asker,
                set(map(bucket_of, segments.values())),
                issue.now,
                self.rules.lease_s,
            ),
            self.catalogue.sold(_legs(segments.values())),
        )
        availability = Availability(snapshot.sales, sold)

        def seats(segment: Segment, one: PricedClass) -> int:
            return availability.seats(segment, one.cabin, one.booking_class)

        at, length_s = issue.now.timestamp(), self.rules.lease_s
        for _ in range(MAX_ROUNDS):
            prices = ViewerPrices(priced, leased.lowest(at, length_s), snapshot.sales)
            counter = Counter(prices.classes, availability, party)
            options = [list(chain.from_iterable(map(counter.options, one))) for one in slices]
            found = combine(options, self.rules.max_offers)
            shown = prices.shown(found)
            leased = await self.quotes.see(
                asker.viewer, leased, shown, now=issue.now, length_s=length_s
            )
            lowest = leased.lowest(at, length_s)
            if not any(lowest[key] < price for key, price in shown.items()):
                return offering.offers(issue, found, prices.cause(party, seats))
        raise Conflict("prices of this viewer changed with every look")


async def leases_of(
    quotes: Quotes, asker: Asker, buckets: Collection[Bucket], now: datetime, length_s: float
) -> Leased:
    """The leases of who asks; in his first hour also those that began with his first answer."""
    leased = await quotes.leases(asker.viewer, buckets)
    first = asker.first
    if first is None or (now - first.at).total_seconds() >= length_s:
        return leased
    request = await quotes.request(first.request_id, asker.owner)
    return leased if request is None else leased.seeded(shown_in(request))


def _priced(
    snapshot: Snapshot,
    segments: Iterable[Segment],
    query: Query,
    now: datetime,
    party: Party,
) -> Priced:
    """Every class of every segment at the published price."""
    types = [kind for kind, _ in party.counts]
    sales, at = snapshot.sales, now.timestamp()
    return {id(segment): sales.price(segment, types, at, query.cabin) for segment in segments}


def _legs(segments: Iterable[Segment]) -> list[LegKey]:
    return sorted({leg.key for segment in segments for leg in segment.legs})
