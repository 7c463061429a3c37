"""Quotes in memory, with the same contract as on PostgreSQL: for tests and trying things out.

Requests go through the same documents, so what comes back is what would be stored.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.ids import request_of_offer
from holdfast.flights.domain.offer import Named, Offer, OfferRequest, Traveller
from holdfast.flights.domain.viewer_lease import (
    Bucket,
    Leased,
    LeaseKey,
    ViewerLease,
    changed,
)
from holdfast.flights.service.ports.access import AnsweredBefore, Remembered
from holdfast.flights.service.ports.order_lists import Listed, Mark, Page
from holdfast.flights.service.ports.quotes import KEPT_S, Answered, FoundOffer
from holdfast.flights.wire.quote_document import Document, document_of, offers_in, query_in

LEASES_KEPT_S = 24 * 3600.0


@dataclass
class _Kept:
    request: OfferRequest
    document: Document
    names: dict[str, Named] = field(default_factory=dict)

    def read(self, *, with_offers: bool) -> OfferRequest:
        query = query_in(self.document.query)
        offers = offers_in(self.document.offers) if with_offers else ()
        return replace(
            self.request,
            query=replace(query, travellers=self._named(query.travellers)),
            offers=tuple(replace(one, travellers=self._named(one.travellers)) for one in offers),
        )

    def _named(self, travellers: Sequence[Traveller]) -> tuple[Traveller, ...]:
        return tuple(
            self.names[who.id].of(who) if who.id in self.names else who for who in travellers
        )


class MemoryQuotes:
    """`Quotes` of one process. `remembered` keeps the answers of calls with keys."""

    def __init__(self, remembered: Remembered | None = None) -> None:
        self._remembered = remembered
        self._kept: dict[str, _Kept] = {}
        self._leases: dict[tuple[str, Bucket], dict[LeaseKey, ViewerLease]] = {}

    async def save(self, request: OfferRequest, viewer: str, answered: Answered | None) -> None:
        """See `Quotes.save`."""
        if answered is not None and self._remembered is not None:
            once, answer = answered.once, answered.answer
            if not await self._remembered.keep(once, answer.status, answer.body):
                raise AnsweredBefore("a call with this key was answered before")
        self._kept[request.id] = _Kept(replace(request, offers=()), document_of(request))

    async def request(self, id: str, owner: str) -> OfferRequest | None:  # noqa: A002
        """See `Quotes.request`."""
        kept = self._of(id, owner)
        return kept.read(with_offers=True) if kept else None

    async def requests(self, owner: str, page: Page) -> Listed[OfferRequest]:
        """See `Quotes.requests`."""
        mine = [one.read(with_offers=False) for one in self._kept.values()]
        mine = sorted((one for one in mine if one.owner == owner), key=_place, reverse=True)
        if page.before is not None:
            newer = [one for one in mine if _place(one) > (page.before.at, page.before.id)]
            found, has_before = newer[-page.limit :], len(newer) > page.limit
            has_after = bool(found)
        else:
            after = page.after
            older = [one for one in mine if after is None or _place(one) < (after.at, after.id)]
            found, has_after = older[: page.limit], len(older) > page.limit
            has_before = after is not None
        return Listed(
            tuple(found),
            before=Mark(*_place(found[0])) if found and has_before else None,
            after=Mark(*_place(found[-1])) if found and has_after else None,
        )

    async def offer(self, id: str, owner: str) -> FoundOffer | None:  # noqa: A002
        """See `Quotes.offer`."""
        place = request_of_offer(id)
        request = await self.request(place[0], owner) if place else None
        if place is None or request is None:
            return None
        found: list[Offer] = [one for one in request.offers if one.id == id]
        return FoundOffer(found[0], request.live_mode) if found else None

    async def name(self, request_id: str, owner: str, traveller_id: str, named: Named) -> bool:
        """See `Quotes.name`."""
        kept = self._of(request_id, owner)
        if kept is None:
            return False
        kept.names[traveller_id] = named
        return True

    async def leases(self, viewer: str, buckets: Collection[Bucket]) -> Leased:
        """See `Quotes.leases`."""
        found: dict[LeaseKey, ViewerLease] = {}
        for bucket in buckets:
            found |= self._leases.get((viewer, bucket), {})
        return Leased(found)

    async def see(
        self,
        viewer: str,
        leased: Leased,
        shown: Mapping[LeaseKey, Price],
        *,
        now: datetime,
        length_s: float,
    ) -> Leased:
        """See `Quotes.see`."""
        at, answer = now.timestamp(), dict(leased.leases)
        for key, price in shown.items():
            bucket = self._leases.setdefault((viewer, key.bucket), {})
            before = {key: bucket[key]} if key in bucket else leased.leases
            made = changed(before, {key: price}, at, length_s)
            bucket[key] = answer[key] = made.get(key) or before[key]
        return Leased(answer)

    async def sweep(self, now: datetime, kept_s: float = KEPT_S) -> int:
        """See `Quotes.sweep`."""
        old = now - timedelta(seconds=kept_s)
        gone = [key for key, one in self._kept.items() if one.request.expires_at < old]
        ended = [
            key
            for key, leases in self._leases.items()
            if max(one.first_seen for one in leases.values()) < now.timestamp() - LEASES_KEPT_S
        ]
        for request_id in gone:
            del self._kept[request_id]
        for lease_key in ended:
            del self._leases[lease_key]
        return len(gone) + len(ended)

    def _of(self, request_id: str, owner: str) -> _Kept | None:
        kept = self._kept.get(request_id)
        return kept if kept is not None and kept.request.owner == owner else None


def _place(request: OfferRequest) -> tuple[datetime, str]:
    return request.created_at, request.id
