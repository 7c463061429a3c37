"""What was offered, to whom, until when: offer requests, and what viewers were shown.

A request is stored whole before anybody sees it, and never changes; only passengers' names and
frequent flyers' numbers are added. Leases remember for each viewer and fare the first look and the
lowest price (G3); several processes serve one viewer, so what counts is what the store answers. A
search looks at them once, and what it then shows is noted: nothing is written when that changes no
lease.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.offer import Named, Offer, OfferRequest
from holdfast.flights.domain.viewer_lease import Bucket, Leased, LeaseKey
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.order_lists import Listed, Page

KEPT_S = 3 * 24 * 3600.0
"""Requests are kept so long after their last offer expired: for questions about them."""
MAX_SWEPT = 2000
"""Requests that one sweep removes: some milliseconds; the next takes the rest."""
MAX_LEASES_SWEPT = 20_000
"""Buckets of leases that one sweep removes: a first look of a viewer adds some dozens of them."""
MAX_NAME_CHARS = 20
"""Of a given or family name, as orders take them."""


@dataclass(frozen=True, slots=True)
class FoundOffer:
    """An offer, with the names that were given since, and whose mode it was asked in."""

    offer: Offer
    live_mode: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A key of a call, and the answer that is to be kept with its effect."""

    once: Once
    answer: StoredAnswer


class Quotes(Protocol):
    """None: there is no such thing of this owner."""

    async def save(self, request: OfferRequest, viewer: str, answered: Answered | None) -> None:
        """Store a request. Raises `AnsweredBefore`, then nothing was stored."""

    async def request(self, id: str, owner: str) -> OfferRequest | None:  # noqa: A002
        """A request with all its offers."""

    async def requests(self, owner: str, page: Page) -> Listed[OfferRequest]:
        """The owner's requests without their offers, newest first."""

    async def offer(self, id: str, owner: str) -> FoundOffer | None:  # noqa: A002
        """One offer, expired or not."""

    async def name(self, request_id: str, owner: str, traveller_id: str, named: Named) -> bool:
        """Give a traveller names and accounts, in the request and all its offers. False
        when there is no such request; whether he is of it is the caller's to know."""

    async def leases(self, viewer: str, buckets: Collection[Bucket]) -> Leased:
        """All leases of a viewer in these buckets, ended ones too."""

    async def see(
        self,
        viewer: str,
        leased: Leased,
        shown: Mapping[LeaseKey, Price],
        *,
        now: datetime,
        length_s: float,
    ) -> Leased:
        """Note what is to be shown to whom `leased` was read for a moment ago; the answer says what
        may be shown: never more than that, and less where a lease has a lower price by now. New and
        ended leases begin at `now`. Raises `Conflict` when others change them all the time."""

    async def sweep(self, now: datetime, kept_s: float = KEPT_S) -> int:
        """Remove what expired so long ago, and ended leases; how many, a bounded number."""
