"""Offers over HTTP: those of a search, one of them, its passengers' names, its price again.

The price of an offer is its own until it expires: asking for it again only adds up the services
that are intended. Cards are not taken; what they would be charged is told, without a surcharge.
"""

from dataclasses import dataclass
from typing import Annotated

from msgspec import UNSET, Meta, Struct, structs

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import total_of
from holdfast.flights.entrypoints.http.faults import (
    ancillary_service_not_available,
    invalid_field,
    not_found,
    offer_no_longer_available,
    validation_required,
)
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import choice, flag, identifier, whole
from holdfast.flights.entrypoints.refusals import fitting
from holdfast.flights.service.ports.quotes import FoundOffer
from holdfast.flights.service.read_offers import (
    BadName,
    OfferGone,
    OfferPage,
    OfferSort,
    ReadOffers,
)
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.flights.wire.duffel_names import check_name
from holdfast.flights.wire.duffel_offers import (
    IntendedPaymentShape,
    IntendedServiceShape,
    OfferPassengerShape,
    OfferShape,
    PricedOfferShape,
    offer_passenger_shape,
    offer_shape,
    offer_shapes,
)
from holdfast.flights.wire.duffel_order_asks import MAX_SERVICES, ServiceBody, check_services
from holdfast.flights.wire.duffel_places import Names
from holdfast.flights.wire.duffel_search_asks import OfferPassengerBody, accounts_of

_TAG = "offers"
SORTS: tuple[OfferSort, ...] = (
    "total_amount",
    "-total_amount",
    "total_duration",
    "-total_duration",
)
MAX_INTENDED_PAYMENTS = 10


class IntendedPaymentBody(Struct, frozen=True):
    """A way to pay that is thought of."""

    type: Annotated[str, Meta(min_length=1, max_length=40)]
    card_id: Annotated[str, Meta(max_length=64)] | None = None


class PriceBody(Struct, frozen=True):
    """What is intended for an offer."""

    intended_payment_methods: Annotated[
        list[IntendedPaymentBody], Meta(max_length=MAX_INTENDED_PAYMENTS)
    ] = []
    intended_services: Annotated[list[ServiceBody], Meta(max_length=MAX_SERVICES)] = []


LIST = Operation(
    "GET",
    "/air/offers",
    "List the offers of a search",
    elsewhere,
    OfferShape,
    parameters=(
        identifier("offer_request_id", "The search.", required=True),
        choice("sort", SORTS, "By price or time on the way; `-`: the largest first."),
        whole("max_connections", 0, 100, "Only offers with at most so many changes."),
    ),
    paged=True,
    tag=_TAG,
)
GET = Operation(
    "GET",
    "/air/offers/{id}",
    "Get an offer",
    elsewhere,
    OfferShape,
    parameters=(flag("return_available_services", "List what can be added, beside seats."),),
    tag=_TAG,
)
NAME = Operation(
    "PATCH",
    "/air/offers/{id}/passengers/{passenger_id}",
    "Name a passenger of an offer",
    elsewhere,
    OfferPassengerShape,
    body=OfferPassengerBody,
    tag=_TAG,
)
PRICE = Operation(
    "POST",
    "/air/offers/{id}/actions/price",
    "Price an offer with what is intended",
    elsewhere,
    PricedOfferShape,
    body=PriceBody,
    tag=_TAG,
)
DECLARED = (LIST, GET, NAME, PRICE)


@dataclass(frozen=True, slots=True)
class OfferEndpoints:
    """See `operations`."""

    names: Names
    read: ReadOffers
    seat_maps: ShowSeatMaps

    def operations(self) -> list[Operation]:
        """All operations of offers."""
        return [
            LIST.by(self.list),
            GET.by(self.get),
            NAME.by(self.name),
            PRICE.by(self.price),
        ]

    async def list(self, call: Call) -> Page[OfferShape]:
        """A page of the living offers of a search."""
        wish = call.page()
        request_id, sort = call.text("offer_request_id"), call.text("sort")
        assert request_id is not None, "it is required"
        found = await self.read.offers(
            request_id,
            call.caller.owner,
            OfferPage(wish.limit, wish.after, wish.before),
            sort=next((one for one in SORTS if one == sort), None),
            max_connections=call.whole("max_connections"),
        )
        if found is None:
            raise not_found("There is no such offer request.")
        shapes = offer_shapes(self.names, found.offers, live_mode=found.live_mode)
        return Page(shapes, found.before, found.after)

    async def get(self, call: Call) -> OfferShape:
        """One offer."""
        found = await self._living(call)
        return offer_shape(
            self.names,
            found.offer,
            live_mode=found.live_mode,
            with_services=call.flag("return_available_services"),
        )

    async def name(self, call: Call) -> OfferPassengerShape:
        """The passenger as named; frequent flyers' numbers that are not told stay as they are."""
        body: OfferPassengerBody = call.body
        if body.given_name is None:
            raise validation_required("given_name")
        if body.family_name is None:
            raise validation_required("family_name")
        with fitting():
            check_name(body.given_name, "given_name", "/given_name")
            check_name(body.family_name, "family_name", "/family_name")
        accounts = body.loyalty_programme_accounts
        who = await self.read.name_traveller(
            call.path_id(prefix="off_"),
            call.caller.owner,
            call.path_id("passenger_id", "pas_"),
            (body.given_name, body.family_name),
            None if accounts is None else accounts_of(accounts),
        )
        if isinstance(who, OfferGone):
            raise offer_no_longer_available()
        if isinstance(who, BadName):
            raise invalid_field(who.field, f"Field '{who.field}' is no name for a ticket.")
        if who is None:
            raise not_found()
        return offer_passenger_shape(who)

    async def price(self, call: Call) -> PricedOfferShape:
        """The offer, unchanged, with what would be charged."""
        body: PriceBody = call.body
        with fitting():
            check_services(body.intended_services)
        found = await self._living(call)
        wanted = [one.id for one in body.intended_services]
        chosen = await self.seat_maps.chosen_with_offer(found.offer, wanted)
        for id_ in wanted:
            if id_ not in chosen:
                raise ancillary_service_not_available(
                    f"There is no service {id_} for this offer.", found.offer.carrier
                )
        due = total_of(found.offer, chosen.values())
        shape = offer_shape(self.names, found.offer, live_mode=found.live_mode, with_services=True)
        return PricedOfferShape(
            **structs.asdict(shape),
            intended_payment_methods=[_charged(one, due) for one in body.intended_payment_methods],
            intended_services=[
                IntendedServiceShape(one.id, one.quantity) for one in body.intended_services
            ],
        )

    async def _living(self, call: Call) -> FoundOffer:
        found = await self.read.offer(call.path_id(prefix="off_"), call.caller.owner)
        if found is None:
            raise not_found()
        if isinstance(found, OfferGone):
            raise offer_no_longer_available()
        return found


def _charged(intended: IntendedPaymentBody, due: Money) -> IntendedPaymentShape:
    none = Money(0, due.currency)
    return IntendedPaymentShape(
        type=intended.type,
        charge_amount=due.text,
        charge_currency=due.currency,
        surcharge_amount=none.text,
        surcharge_currency=none.currency,
        card_id=UNSET if intended.card_id is None else intended.card_id,
    )
