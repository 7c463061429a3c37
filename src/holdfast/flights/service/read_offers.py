"""Offers as they were made: by id, or those of a request, filtered and sorted; names of passengers.

What is read never changes while the offer lives (G1); afterwards it is gone, and says so. The
price of an unexpired offer is its own: asking for it again gives the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from holdfast.flights.domain.ids import request_of_offer
from holdfast.flights.domain.offer import LoyaltyAccount, Named, Offer, OfferRequest, Traveller
from holdfast.flights.service.ports.order_lists import Listed, Page
from holdfast.flights.service.ports.quotes import MAX_NAME_CHARS, FoundOffer, Quotes
from holdfast.platform.runtime.clock import Clock

OfferSort = Literal["total_amount", "-total_amount", "total_duration", "-total_duration"]
MAX_OFFERS_OF_PAGE = 200
"""As the API says."""


@dataclass(frozen=True, slots=True)
class OfferGone:
    """The offer expired; its price is not promised any more."""

    id: str


@dataclass(frozen=True, slots=True)
class BadName:
    """A name that no order would take."""

    field: Literal["given_name", "family_name"]


@dataclass(frozen=True, slots=True)
class OfferPage:
    """Which offers: the first `limit`, or those after or before one of them."""

    limit: int = 50
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class OfferList:
    """A page of offers; ids to go on from, None where there is nothing more."""

    offers: tuple[Offer, ...]
    live_mode: bool
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ReadOffers:
    """The use cases of reading. None: there is no such thing of this owner."""

    quotes: Quotes
    clock: Clock

    async def offer(self, id: str, owner: str) -> FoundOffer | OfferGone | None:  # noqa: A002
        """An offer while it lives."""
        found = await self.quotes.offer(id, owner)
        if found is not None and self.clock.wall() >= found.offer.expires_at:
            return OfferGone(id)
        return found

    async def request(self, id: str, owner: str) -> OfferRequest | None:  # noqa: A002
        """A request with all its offers, whether they live or not."""
        return await self.quotes.request(id, owner)

    async def requests(self, owner: str, page: Page) -> Listed[OfferRequest]:
        """The owner's requests without offers, newest first."""
        return await self.quotes.requests(owner, page)

    async def offers(
        self,
        request_id: str,
        owner: str,
        page: OfferPage = OfferPage(),
        *,
        sort: OfferSort | None = None,
        max_connections: int | None = None,
    ) -> OfferList | None:
        """The living offers of a request, recommended first unless `sort` says otherwise."""
        request = await self.quotes.request(request_id, owner)
        if request is None:
            return None
        now = self.clock.wall()
        living = [
            one
            for one in request.offers
            if now < one.expires_at
            and (max_connections is None or connections(one) <= max_connections)
        ]
        return _page(_sorted(living, sort), page, request.live_mode)

    async def name_traveller(
        self,
        offer_id: str,
        owner: str,
        traveller_id: str,
        names: tuple[str, str],
        accounts: tuple[LoyaltyAccount, ...] | None = None,
    ) -> Traveller | BadName | OfferGone | None:
        """Give a passenger a given and a family name, in all offers of the request; `accounts`
        None: those that are known stay."""
        found = await self.offer(offer_id, owner)
        place = request_of_offer(offer_id)
        if not isinstance(found, FoundOffer) or place is None:
            return found if isinstance(found, OfferGone) else None
        who = next((one for one in found.offer.travellers if one.id == traveller_id), None)
        if who is None:
            return None
        if not _is_name(names[0]):
            return BadName("given_name")
        if not _is_name(names[1]):
            return BadName("family_name")
        named = Named(*names, who.accounts if accounts is None else accounts)
        if not await self.quotes.name(place[0], owner, traveller_id, named):
            return None
        return named.of(who)


def connections(offer: Offer) -> int:
    """The most connections of any slice of an offer."""
    return max(len(one.segments) for one in offer.slices) - 1


def duration_min(offer: Offer) -> int:
    """Minutes on the way, all slices together."""
    return sum(one.duration_min for one in offer.slices)


def _sorted(offers: list[Offer], sort: OfferSort | None) -> list[Offer]:
    if sort is None:
        return offers
    by_amount = sort.removeprefix("-") == "total_amount"

    def key(offer: Offer) -> tuple[str, int]:
        return (offer.total.currency, offer.total.minor) if by_amount else ("", duration_min(offer))

    return sorted(offers, key=key, reverse=sort.startswith("-"))


def _page(offers: Sequence[Offer], page: OfferPage, live_mode: bool) -> OfferList:
    ids = [one.id for one in offers]
    start, stop = 0, min(page.limit, MAX_OFFERS_OF_PAGE)
    if page.after in ids:
        start = ids.index(page.after) + 1
        stop += start
    elif page.before in ids:
        stop = ids.index(page.before)
        start = max(0, stop - min(page.limit, MAX_OFFERS_OF_PAGE))
    found = tuple(offers[start:stop])
    return OfferList(
        found,
        live_mode,
        before=found[0].id if found and start > 0 else None,
        after=found[-1].id if found and stop < len(offers) else None,
    )


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= MAX_NAME_CHARS and text.isprintable() and text.strip() == text
