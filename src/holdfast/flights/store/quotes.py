"""Quotes on PostgreSQL: many searches are stored with one commit, before anybody sees them.

Saves that come together are one transaction (`batching`). Leases are in `lease_rows`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from holdfast.errors import HoldfastError
from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.ids import is_id, request_of_offer
from holdfast.flights.domain.offer import LoyaltyAccount, Named, Offer, OfferRequest, Traveller
from holdfast.flights.domain.viewer_lease import Bucket, Leased, LeaseKey
from holdfast.flights.service.ports.access import AnsweredBefore
from holdfast.flights.service.ports.order_lists import Listed, Mark, Page
from holdfast.flights.service.ports.quotes import (
    KEPT_S,
    MAX_LEASES_SWEPT,
    MAX_SWEPT,
    Answered,
    FoundOffer,
)
from holdfast.flights.store.access import remember
from holdfast.flights.store.lease_rows import LeaseRows
from holdfast.flights.store.statements import queries
from holdfast.flights.wire.quote_document import document_of, offer_in, offers_in, query_in
from holdfast.platform.data.batching import Batcher
from holdfast.platform.data.database import Database, Row, Transaction

SQL = queries("quotes")
LEASES_KEPT_S = 24 * 3600.0
"""Leases older than this have ended, however long leases are."""


class _NamedRow(msgspec.Struct, frozen=True, array_like=True):
    """A traveller's entry of the column `names`: what older versions wrote has two parts."""

    given_name: str
    family_name: str
    accounts: tuple[LoyaltyAccount, ...] = ()


_rows_in = msgspec.json.Decoder(dict[str, _NamedRow]).decode
_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class _Saving:
    request: OfferRequest
    viewer: str
    answered: Answered | None


class PostgresQuotes:
    """`Quotes` on a database whose schema `flights` is up to date. `replica` answers lists."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._saves: Batcher[_Saving, None] = Batcher(self._save, max_batch=64)
        self._leases = LeaseRows(database)

    async def save(self, request: OfferRequest, viewer: str, answered: Answered | None) -> None:
        """See `Quotes.save`."""
        await self._saves.ask(_Saving(request, viewer, answered))

    async def request(self, id: str, owner: str) -> OfferRequest | None:  # noqa: A002
        """See `Quotes.request`."""
        if not is_id("orq", id):
            return None
        row = await self._database.fetchrow(SQL.request, id, owner)
        return _request(row, offers_in(row["offers"])) if row else None

    async def requests(self, owner: str, page: Page) -> Listed[OfferRequest]:
        """See `Quotes.requests`."""
        more = page.limit + 1
        if page.before is not None:
            mark = page.before
            rows = await self._database.fetch(SQL.requests_before, owner, mark.at, mark.id, more)
            found = [_request(row) for row in reversed(rows[: page.limit])]
            return _listed(found, has_before=len(rows) == more, has_after=bool(found))
        after = page.after
        at, id_ = (after.at, after.id) if after is not None else (None, None)
        rows = await self._database.fetch(SQL.requests_after, owner, at, id_, more)
        found = [_request(row) for row in rows[: page.limit]]
        return _listed(found, has_before=after is not None, has_after=len(rows) == more)

    async def offer(self, id: str, owner: str) -> FoundOffer | None:  # noqa: A002
        """See `Quotes.offer`."""
        place = request_of_offer(id)
        if place is None:
            return None
        row = await self._database.fetchrow(SQL.request, place[0], owner)
        offer = offer_in(row["offers"], place[1]) if row else None
        if row is None or offer is None:
            return None
        return FoundOffer(_named_offer(offer, _names_in(row["names"])), row["live_mode"])

    async def name(self, request_id: str, owner: str, traveller_id: str, named: Named) -> bool:
        """See `Quotes.name`."""
        parts = [named.given_name, named.family_name, *([named.accounts] if named.accounts else [])]
        added = _json({traveller_id: parts}).decode()
        return await self._database.execute(SQL.name_traveller, request_id, owner, added) == 1

    async def leases(self, viewer: str, buckets: Collection[Bucket]) -> Leased:
        """See `Quotes.leases`."""
        return await self._leases.read(viewer, buckets)

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
        return await self._leases.see(viewer, leased, shown, now=now.timestamp(), length_s=length_s)

    async def sweep(self, now: datetime, kept_s: float = KEPT_S) -> int:
        """See `Quotes.sweep`."""
        old = now - timedelta(seconds=kept_s)
        ended = now - timedelta(seconds=LEASES_KEPT_S)
        requests = await self._database.execute(SQL.sweep_requests, old, MAX_SWEPT)
        return requests + await self._leases.sweep(ended, MAX_LEASES_SWEPT)

    # many at once

    async def _save(self, savings: Sequence[_Saving]) -> Sequence[HoldfastError | None]:
        return await self._database.transact(lambda work: _save_all(work, savings))


async def _save_all(
    work: Transaction, savings: Sequence[_Saving]
) -> Sequence[HoldfastError | None]:
    """Requests whose call was not answered before; keys in one order, so that none waits in a
    circle with another process."""
    refused: set[int] = set()
    keyed = [
        (one.answered.once, place, one.answered.answer)
        for place, one in enumerate(savings)
        if one.answered is not None
    ]
    for once, place, answer in sorted(keyed, key=lambda one: (one[0].owner, one[0].key, one[1])):
        if not await remember(work, once, answer.status, answer.body):
            refused.add(place)
    kept = [one for place, one in enumerate(savings) if place not in refused]
    if kept:
        await work.execute(SQL.insert_requests, *map(list, zip(*map(_row, kept), strict=True)))
    return [
        AnsweredBefore("a call with this key was answered before") if place in refused else None
        for place in range(len(savings))
    ]


def _row(saving: _Saving) -> tuple[object, ...]:
    request = saving.request
    document = document_of(request)
    return (
        request.id,
        request.owner,
        saving.viewer,
        request.live_mode,
        request.created_at,
        request.expires_at,
        document.query,
        document.offers,
    )


def _request(row: Row, offers: tuple[Offer, ...] = ()) -> OfferRequest:
    names = _names_in(row["names"])
    query = query_in(row["query"])
    return OfferRequest(
        id=row["id"],
        owner=row["owner"],
        live_mode=row["live_mode"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        query=replace(query, travellers=_named(query.travellers, names)),
        offers=tuple(_named_offer(offer, names) for offer in offers),
    )


def _names_in(column: str) -> dict[str, Named]:
    return {
        id_: Named(row.given_name, row.family_name, row.accounts)
        for id_, row in _rows_in(column).items()
    }


def _named_offer(offer: Offer, names: Mapping[str, Named]) -> Offer:
    return replace(offer, travellers=_named(offer.travellers, names)) if names else offer


def _named(travellers: tuple[Traveller, ...], names: Mapping[str, Named]) -> tuple[Traveller, ...]:
    return tuple(names[who.id].of(who) if who.id in names else who for who in travellers)


def _listed(
    found: list[OfferRequest], *, has_before: bool, has_after: bool
) -> Listed[OfferRequest]:
    def mark(request: OfferRequest) -> Mark:
        return Mark(request.created_at, request.id)

    return Listed(
        tuple(found),
        before=mark(found[0]) if has_before and found else None,
        after=mark(found[-1]) if has_after and found else None,
    )
