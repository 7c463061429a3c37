"""Asking for changes over HTTP: what an order could become. It is a search: served with those."""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.flights.domain.order_change import ChangeOffer, ChangeRequest, NoChange
from holdfast.flights.domain.place import Airport, City
from holdfast.flights.entrypoints.asking import asker_of
from holdfast.flights.entrypoints.http.faults import invalid_field, not_found, unsupported_action
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import choice, identifier, whole
from holdfast.flights.service.change_order import AskForChange
from holdfast.flights.service.check_query import BadQuery
from holdfast.flights.service.ports.order_changes import OrderChanges
from holdfast.flights.service.read_offers import connections, duration_min
from holdfast.flights.wire.duffel_changes import (
    ChangeOfferShape,
    ChangeRequestBody,
    ChangeRequestShape,
    added_slices,
    change_offer_shape,
    change_request_shape,
)
from holdfast.flights.wire.duffel_places import Names

_TAG = "order changes"
SORTS = ("change_total_amount", "-change_total_amount", "total_duration", "-total_duration")
CREATE = Operation(
    "POST",
    "/air/order_change_requests",
    "Ask what an order could be changed to",
    elsewhere,
    ChangeRequestShape,
    body=ChangeRequestBody,
    status=201,
    knows_viewer=True,
    tag=_TAG,
)
GET = Operation(
    "GET",
    "/air/order_change_requests/{id}",
    "Get a request for a change",
    elsewhere,
    ChangeRequestShape,
    tag=_TAG,
)
OFFERS = Operation(
    "GET",
    "/air/order_change_offers",
    "List what an order could be changed to",
    elsewhere,
    ChangeOfferShape,
    parameters=(
        identifier("order_change_request_id", "The request.", required=True),
        choice("sort", SORTS, "By what is paid, or time on the way; `-`: the largest first."),
        whole("max_connections", 0, 100, "Only with at most so many changes of aircraft."),
    ),
    paged=True,
    tag=_TAG,
)
OFFER = Operation(
    "GET",
    "/air/order_change_offers/{id}",
    "Get an offer for a change",
    elsewhere,
    ChangeOfferShape,
    tag=_TAG,
)
DECLARED = (CREATE, GET, OFFERS, OFFER)


@dataclass(frozen=True, slots=True)
class ChangeRequestEndpoints:
    """See `operations`."""

    names: Names
    ask: AskForChange
    changes: OrderChanges

    def operations(self) -> list[Operation]:
        """All operations of asking for changes."""
        return [
            CREATE.by(self.create),
            GET.by(self.get),
            OFFERS.by(self.offers),
            OFFER.by(self.offer),
        ]

    async def create(self, call: Call) -> ChangeRequestShape:
        """The request with what was found."""
        body: ChangeRequestBody = call.body
        found = await self.ask.request(
            body.order_id,
            asker_of(call),
            [one.slice_id for one in body.slices.remove],
            added_slices(body, self._code_of),
        )
        match found:
            case ChangeRequest():
                if found.offers:
                    call.first_search = found.offers[0].found.request_id
                return change_request_shape(self.names, found)
            case NoChange.UNKNOWN_SLICE:
                raise invalid_field("slice_id", found.value, "/slices/remove")
            case NoChange.UNEVEN:
                raise invalid_field("slices", found.value)
            case NoChange():
                raise unsupported_action(found.value)
            case BadQuery():
                pointer = found.pointer.replace("/slices", "/slices/add", 1)
                raise invalid_field(pointer.rpartition("/")[2], found.message, pointer)
            case _:
                raise not_found("There is no such order.")

    async def get(self, call: Call) -> ChangeRequestShape:
        """A request with what was found."""
        return change_request_shape(self.names, await self._request(call, call.path_id()))

    async def offers(self, call: Call) -> Page[ChangeOfferShape]:
        """A page of what was found."""
        request_id = call.text("order_change_request_id")
        assert request_id is not None, "it is required"
        request = await self._request(call, request_id)
        most = call.whole("max_connections")
        found = [one for one in request.offers if most is None or connections(one.found) <= most]
        return self._page(call, _sorted(found, call.text("sort")), request.live_mode)

    async def offer(self, call: Call) -> ChangeOfferShape:
        """One of them."""
        found = await self.changes.offer(call.path_id(prefix="oco_"), call.caller.owner)
        if found is None:
            raise not_found()
        return change_offer_shape(self.names, found[0], live_mode=found[1])

    async def _request(self, call: Call, request_id: str) -> ChangeRequest:
        found = await self.changes.request(request_id, call.caller.owner)
        if found is None:
            raise not_found()
        return found

    def _page(
        self, call: Call, offers: Sequence[ChangeOffer], live_mode: bool
    ) -> Page[ChangeOfferShape]:
        wish = call.page()
        ids = [one.id for one in offers]
        start = ids.index(wish.after) + 1 if wish.after in ids else 0
        if wish.before in ids:
            start = max(0, ids.index(wish.before) - wish.limit)
        found = offers[start : start + wish.limit]
        return Page(
            [change_offer_shape(self.names, one, live_mode=live_mode) for one in found],
            before=found[0].id if found and start > 0 else None,
            after=found[-1].id if found and start + len(found) < len(offers) else None,
        )

    def _code_of(self, given: str) -> str | None:
        found = self.names.atlas.by_id(given)
        return found.iata if isinstance(found, Airport | City) else None


def _sorted(offers: list[ChangeOffer], sort: str | None) -> list[ChangeOffer]:
    if sort is None:
        return offers
    by_amount = sort.endswith("amount")
    return sorted(
        offers,
        key=lambda one: one.more.minor if by_amount else duration_min(one.found),
        reverse=sort.startswith("-"),
    )
