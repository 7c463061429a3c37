"""Searches over HTTP: make one, read it again, list them."""

from dataclasses import dataclass

from holdfast.flights.domain.offer import OfferRequest
from holdfast.flights.domain.place import Airport, City
from holdfast.flights.entrypoints.asking import asker_of
from holdfast.flights.entrypoints.http.faults import invalid_field, not_found
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import choice, flag, whole
from holdfast.flights.entrypoints.marks import answered, page_of
from holdfast.flights.entrypoints.refusals import fitting
from holdfast.flights.service.check_query import BadQuery
from holdfast.flights.service.ports.access import StoredAnswer
from holdfast.flights.service.read_offers import ReadOffers
from holdfast.flights.service.search_offers import Answering, SearchOffers
from holdfast.flights.wire.duffel_offers import OfferRequestShape, offer_request_shape
from holdfast.flights.wire.duffel_places import Names
from holdfast.flights.wire.duffel_search_asks import OfferRequestBody, query_of

_TAG = "offer requests"
MAX_SUPPLIER_TIMEOUT_MS = 60_000
"""Clients say how long to wait for airlines; ours have answered before, so nobody waits."""
CREATE = Operation(
    "POST",
    "/air/offer_requests",
    "Search for offers",
    elsewhere,
    OfferRequestShape,
    body=OfferRequestBody,
    status=201,
    parameters=(
        flag("return_offers", "Whether the answer has the offers in it.", default=True),
        whole("supplier_timeout", 0, MAX_SUPPLIER_TIMEOUT_MS, "Accepted; nothing is waited for."),
        choice("view", ("full", "compact"), "Accepted; everything is told."),
    ),
    knows_viewer=True,
    tag=_TAG,
)
LIST = Operation(
    "GET",
    "/air/offer_requests",
    "List searches",
    elsewhere,
    OfferRequestShape,
    paged=True,
    tag=_TAG,
)
GET = Operation(
    "GET",
    "/air/offer_requests/{id}",
    "Get a search with its offers",
    elsewhere,
    OfferRequestShape,
    tag=_TAG,
)
DECLARED = (CREATE, LIST, GET)


@dataclass(frozen=True, slots=True)
class OfferRequestEndpoints:
    """See `operations`."""

    names: Names
    search: SearchOffers
    read: ReadOffers

    def operations(self) -> list[Operation]:
        """All operations of searches."""
        return [CREATE.by(self.create), LIST.by(self.list), GET.by(self.get)]

    async def create(self, call: Call) -> object:
        """The search, with its offers if they are wanted."""
        body: OfferRequestBody = call.body
        with fitting():
            query = query_of(body, self._code_of)
        with_offers = call.flag("return_offers")

        def shape(request: OfferRequest) -> OfferRequestShape:
            return offer_request_shape(self.names, request, with_offers=with_offers)

        stored: list[StoredAnswer] = []

        def answer(request: OfferRequest) -> StoredAnswer:
            stored.append(call.answer(shape(request)))
            return stored[-1]

        answering = Answering(call.once, answer) if call.once else None
        found = await self.search.search(query, asker_of(call), answering)
        if isinstance(found, BadQuery):
            raise invalid_field(_last(found.pointer), found.message, found.pointer)
        call.first_search = found.id
        return stored[-1] if stored else shape(found)

    async def list(self, call: Call) -> Page[OfferRequestShape]:
        """A page of searches without offers, newest first."""
        listed = await self.read.requests(call.caller.owner, page_of(call))
        shapes = [offer_request_shape(self.names, one, with_offers=False) for one in listed.items]
        return answered(listed, shapes)

    async def get(self, call: Call) -> OfferRequestShape:
        """A search with all its offers."""
        found = await self.read.request(call.path_id(prefix="orq_"), call.caller.owner)
        if found is None:
            raise not_found()
        return offer_request_shape(self.names, found, with_offers=True)

    def _code_of(self, given: str) -> str | None:
        """The code of a place's id."""
        found = self.names.atlas.by_id(given)
        return found.iata if isinstance(found, Airport | City) else None


def _last(pointer: str) -> str:
    """The field that a pointer leads to."""
    return next((step for step in reversed(pointer.split("/")) if not step.isdigit()), pointer)
