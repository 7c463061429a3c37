"""The law of offers: what was found, told in full; the same offer gives the same bytes.

PURE. Both versions get all fields of either: clients of one ignore what only the other knows.
"""

from collections.abc import Iterable
from datetime import date

from msgspec import UNSET, Struct, UnsetType

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.offer import (
    LoyaltyAccount,
    Offer,
    OfferRequest,
    PriceChangeCause,
    Traveller,
)
from holdfast.flights.wire.duffel_places import (
    AirlineShape,
    AirportShape,
    Names,
    PlaceShape,
    PlaceType,
    place_type,
)
from holdfast.flights.wire.duffel_texts import moment, moment_or_none
from holdfast.flights.wire.duffel_trips import (
    ConditionsShape,
    Flown,
    SliceShape,
    offer_conditions,
    slice_shape,
    total_emissions_kg,
)


class LoyaltyAccountShape(Struct, frozen=True):
    """A frequent flyer's number."""

    airline_iata_code: str
    account_number: str


class OfferPassengerShape(Struct, frozen=True):
    """Who an offer is for."""

    id: str
    type: PassengerType
    age: int | None
    given_name: str | None
    family_name: str | None
    loyalty_programme_accounts: list[LoyaltyAccountShape]
    fare_type: None = None


class PaymentRequirementsShape(Struct, frozen=True):
    """When it must be paid, and until when its price holds if it is held."""

    requires_instant_payment: bool
    payment_required_by: str | None
    price_guarantee_expires_at: str | None


class BaggageMetadataShape(Struct, frozen=True):
    """What a bag may weigh and measure."""

    type: str
    maximum_weight_kg: int | None = None
    maximum_height_cm: int | None = None
    maximum_length_cm: int | None = None
    maximum_depth_cm: int | None = None


class AvailableServiceShape(Struct, frozen=True):
    """Something that can be bought with an offer or order, beside seats."""

    id: str
    type: str
    maximum_quantity: int
    metadata: BaggageMetadataShape
    passenger_ids: list[str]
    segment_ids: list[str]
    total_amount: str
    total_currency: str


class OfferShape(Struct, frozen=True):
    """An offer. `price_change_cause` is our own: why it costs more than what the same viewer was
    shown in the last hour for this flight and cabin; clients of the trade pass it over."""

    id: str
    live_mode: bool
    created_at: str
    updated_at: str
    expires_at: str
    owner: AirlineShape
    total_amount: str
    total_currency: str
    base_amount: str
    base_currency: str
    tax_amount: str
    tax_currency: str
    total_emissions_kg: str
    conditions: ConditionsShape
    payment_requirements: PaymentRequirementsShape
    passengers: list[OfferPassengerShape]
    slices: list[SliceShape]
    available_services: list[AvailableServiceShape] | None = None
    partial: bool = False
    passenger_identity_documents_required: bool = False
    allowed_passenger_identity_document_types: list[str] = []
    supported_passenger_identity_document_types: list[str] = []
    supported_loyalty_programmes: list[str] = []
    private_fares: list[str] = []
    price_change_cause: PriceChangeCause | None = None


class IntendedPaymentShape(Struct, frozen=True):
    """What an intended way to pay would be charged."""

    type: str
    charge_amount: str
    charge_currency: str
    surcharge_amount: str
    surcharge_currency: str
    card_id: str | UnsetType = UNSET


class IntendedServiceShape(Struct, frozen=True):
    """A service that is intended."""

    id: str
    quantity: int


class PricedOfferShape(OfferShape, frozen=True, kw_only=True):
    """An offer with what is intended for it."""

    intended_payment_methods: list[IntendedPaymentShape]
    intended_services: list[IntendedServiceShape]


class AskedSliceShape(Struct, frozen=True):
    """A direction that was asked for."""

    origin: AirportShape | PlaceShape
    origin_type: PlaceType
    destination: AirportShape | PlaceShape
    destination_type: PlaceType
    departure_date: date


class OfferRequestShape(Struct, frozen=True):
    """A search, with what it found where that is wanted."""

    id: str
    live_mode: bool
    created_at: str
    cabin_class: Cabin | None
    client_key: str
    slices: list[AskedSliceShape]
    passengers: list[OfferPassengerShape]
    offers: list[OfferShape] | UnsetType = UNSET


def offer_shape(
    names: Names,
    offer: Offer,
    *,
    live_mode: bool,
    with_services: bool = False,
    flown: Flown | None = None,
) -> OfferShape:
    """An offer. `with_services`: list what can be added (nothing but seats, which have maps).
    `flown`: of the whole answer, where it has several offers."""
    flown = flown or Flown(names)
    base = offer.total - offer.tax
    return OfferShape(
        id=offer.id,
        live_mode=live_mode,
        created_at=moment(offer.created_at),
        updated_at=moment(offer.created_at),
        expires_at=moment(offer.expires_at),
        owner=names.airline(offer.carrier),
        total_amount=offer.total.text,
        total_currency=offer.total.currency,
        base_amount=base.text,
        base_currency=base.currency,
        tax_amount=offer.tax.text,
        tax_currency=offer.tax.currency,
        total_emissions_kg=str(total_emissions_kg(flown, offer)),
        conditions=offer_conditions(offer),
        payment_requirements=PaymentRequirementsShape(
            requires_instant_payment=offer.hold_until is None,
            payment_required_by=moment_or_none(offer.hold_until),
            price_guarantee_expires_at=moment_or_none(offer.price_until),
        ),
        passengers=[offer_passenger_shape(who) for who in offer.travellers],
        slices=[slice_shape(names, one, offer, flown=flown) for one in offer.slices],
        available_services=[] if with_services else None,
        price_change_cause=offer.price_change_cause,
    )


def offer_shapes(names: Names, offers: Iterable[Offer], *, live_mode: bool) -> list[OfferShape]:
    """Offers of one answer."""
    flown = Flown(names)
    return [offer_shape(names, one, live_mode=live_mode, flown=flown) for one in offers]


def offer_passenger_shape(who: Traveller) -> OfferPassengerShape:
    """Who an offer is for."""
    return OfferPassengerShape(
        who.id, who.type, who.age, who.given_name, who.family_name, account_shapes(who.accounts)
    )


def account_shapes(accounts: Iterable[LoyaltyAccount]) -> list[LoyaltyAccountShape]:
    """Frequent flyers' numbers, as they were given."""
    return [LoyaltyAccountShape(one.airline, one.number) for one in accounts]


def offer_request_shape(
    names: Names, request: OfferRequest, *, with_offers: bool
) -> OfferRequestShape:
    """A search; `with_offers`: and what it found."""
    offers: list[OfferShape] | UnsetType = UNSET
    if with_offers:
        offers = offer_shapes(names, request.offers, live_mode=request.live_mode)
    slices = []
    for ask in request.query.slices:
        origin, destination = names.place(ask.origin), names.place(ask.destination)
        slices.append(
            AskedSliceShape(
                origin,
                place_type(origin),
                destination,
                place_type(destination),
                ask.departure_date,
            )
        )
    return OfferRequestShape(
        id=request.id,
        live_mode=request.live_mode,
        created_at=moment(request.created_at),
        cabin_class=request.query.cabin,
        client_key=derive("key", request.id),
        slices=slices,
        passengers=[offer_passenger_shape(who) for who in request.query.travellers],
        offers=offers,
    )
