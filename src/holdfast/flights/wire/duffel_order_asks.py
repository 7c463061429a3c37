"""The law of orders that are asked for: every rule that needs only the request and its offer.

PURE. The decoder checks types and bounds; here the parts are checked against each other and the
offer. Rules that need the state of the world (expiry, seats, balance) are the use case's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.money import Money, parse_amount
from holdfast.flights.domain.offer import Offer, Traveller
from holdfast.flights.domain.order import Passenger, PaymentType
from holdfast.flights.wire.duffel_names import check_name
from holdfast.flights.wire.duffel_search_asks import LoyaltyAccounts, accounts_of
from holdfast.flights.wire.duffel_texts import Missing, Unfit

MAX_METADATA_KEYS = 50
MAX_METADATA_KEY_CHARS = 40
MAX_METADATA_VALUE_CHARS = 500
MAX_SERVICES = 100
"""Nine passengers on six slices with a stop each have a seat everywhere."""
_EARLIEST_BIRTH = date(1900, 1, 1)
Id = Annotated[str, Meta(min_length=1, max_length=64)]
AmountText = Annotated[str, Meta(max_length=20)]
CurrencyText = Annotated[str, Meta(max_length=3)]


class DuplicateName(Unfit):
    """Two passengers with the same name."""


class WrongOrderType(Unfit):
    """The offer cannot be taken in this way."""


class PaymentBody(Struct, frozen=True):
    """Money that is to be taken."""

    type: PaymentType
    amount: AmountText
    currency: CurrencyText


class ServiceBody(Struct, frozen=True):
    """A service that is wanted."""

    id: Id
    quantity: Annotated[int, Meta(ge=1, le=1)] = 1


class OrderPassengerBody(Struct, frozen=True):
    """Who flies; `id` is the offer's passenger."""

    id: Id
    title: Literal["mr", "ms", "mrs", "miss", "dr"]
    given_name: Annotated[str, Meta(max_length=200)]
    family_name: Annotated[str, Meta(max_length=200)]
    gender: Literal["m", "f"]
    born_on: date
    email: Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    phone_number: Annotated[str, Meta(min_length=4, max_length=20, pattern=r"^\+[0-9 ()-]+$")]
    infant_passenger_id: Id | None = None
    loyalty_programme_accounts: LoyaltyAccounts | None = None


class OrderBody(Struct, frozen=True):
    """An order that is to be made."""

    selected_offers: Annotated[list[Id], Meta(max_length=50)]
    passengers: Annotated[list[OrderPassengerBody], Meta(max_length=50)]
    type: Literal["instant", "hold", "pay_later"] = "instant"
    payments: Annotated[list[PaymentBody], Meta(max_length=50)] | None = None
    services: Annotated[list[ServiceBody], Meta(max_length=MAX_SERVICES)] | None = None
    metadata: dict[str, str] | None = None

    @property
    def is_hold(self) -> bool:
        """Whether it is to be paid later."""
        return self.type != "instant"


class OrderOptionsBody(Struct, frozen=True):
    """What one client wraps around an update."""

    metadata: dict[str, str] | None = None


class OrderUpdateBody(Struct, frozen=True):
    """An update of an order: metadata, bare or inside `options`."""

    metadata: dict[str, str] | None = None
    options: OrderOptionsBody | None = None


class PayBody(Struct, frozen=True):
    """A payment for a held order."""

    order_id: Id
    payment: PaymentBody


class AddServicesBody(Struct, frozen=True):
    """Services for an order that stands."""

    add_services: Annotated[list[ServiceBody], Meta(min_length=1, max_length=MAX_SERVICES)]
    payment: PaymentBody | None = None


class CancellationBody(Struct, frozen=True):
    """An order that is to be given back."""

    order_id: Id


def selected_offer(body: OrderBody) -> str:
    """The one offer that is taken."""
    if len(body.selected_offers) != 1:
        message = "Exactly one offer must be selected."
        raise Unfit("selected_offers", "/selected_offers", message)
    return body.selected_offers[0]


def check_type(body: OrderBody, offer: Offer) -> None:
    """Whether the offer can be held, and what must be sent with either type."""
    if body.is_hold:
        if offer.hold_until is None:
            message = "This offer requires instant payment: it cannot be held."
            raise WrongOrderType("type", "/type", message)
        if body.payments:
            message = "An order that is held is paid later: send no payments."
            raise Unfit("payments", "/payments", message)
    elif not body.payments:
        raise Missing("payments", "/payments")
    elif len(body.payments) != 1:
        raise Unfit("payments", "/payments", "An order is paid with exactly one payment.")


def check_payment(payment: PaymentBody, due: Money, pointer: str) -> None:
    """The payment must be what is due, in its currency."""
    if payment.currency != due.currency:
        message = f"The currency must be {due.currency}."
        raise Unfit("currency", f"{pointer}/currency", message)
    if parse_amount(payment.amount, payment.currency) != due.minor:
        message = f"The amount must be {due.text}: the offer and all services."
        raise Unfit("amount", f"{pointer}/amount", message)


def passengers_of(
    bodies: Sequence[OrderPassengerBody], offer: Offer, *, today: date
) -> tuple[Passenger, ...]:
    """The passengers in the offer's order; each of the offer's must be there once."""
    by_id = {who.id: who for who in offer.travellers}
    if Counter(body.id for body in bodies) != Counter(by_id.keys()):
        message = "Passengers must be those of the offer: each id exactly once."
        raise Unfit("passengers", "/passengers", message)
    for index, body in enumerate(bodies):
        _check_passenger(body, f"/passengers/{index}", today)
    _check_names(bodies)
    _check_laps(bodies, {id_: who.type for id_, who in by_id.items()})
    given = {body.id: body for body in bodies}
    return tuple(_passenger(given[who.id], who) for who in offer.travellers)


def check_services(services: Sequence[ServiceBody]) -> None:
    """Every service once."""
    for id_, times in Counter(one.id for one in services).items():
        if times > 1:
            raise Unfit("services", "/services", f"Service {id_} is there {times} times.")


def check_seats(choices: Sequence[tuple[str, str, str]], pointer: str = "/services") -> None:
    """(segment, passenger, designator) of each seat: one for a passenger on a segment, and no
    seat twice."""
    sitting = Counter((segment, passenger) for segment, passenger, _ in choices)
    taken = Counter((segment, designator) for segment, _, designator in choices)
    if any(times > 1 for times in sitting.values()):
        raise Unfit("services", pointer, "A passenger can have one seat on each segment.")
    if any(times > 1 for times in taken.values()):
        raise Unfit("services", pointer, "A seat can be taken by one passenger only.")


def check_metadata(metadata: Mapping[str, str] | None, pointer: str = "/metadata") -> None:
    """Few keys, short keys and values."""
    if metadata is None:
        return
    if len(metadata) > MAX_METADATA_KEYS:
        raise Unfit("metadata", pointer, f"At most {MAX_METADATA_KEYS} keys.")
    for key, value in metadata.items():
        if not 1 <= len(key) <= MAX_METADATA_KEY_CHARS:
            message = f"Keys have 1 to {MAX_METADATA_KEY_CHARS} characters."
            raise Unfit("metadata", pointer, message)
        if len(value) > MAX_METADATA_VALUE_CHARS:
            message = f"Values have at most {MAX_METADATA_VALUE_CHARS} characters."
            raise Unfit("metadata", pointer, message)


def metadata_of(body: OrderUpdateBody) -> Mapping[str, str]:
    """The metadata of an update, in whichever shape it came."""
    found = body.metadata
    pointer = "/metadata"
    if found is None and body.options is not None:
        found, pointer = body.options.metadata, "/options/metadata"
    if found is None:
        raise Missing("metadata", "/metadata")
    check_metadata(found, pointer)
    return found


def _check_passenger(body: OrderPassengerBody, pointer: str, today: date) -> None:
    check_name(body.given_name, "given_name", f"{pointer}/given_name")
    check_name(body.family_name, "family_name", f"{pointer}/family_name")
    if not _EARLIEST_BIRTH <= body.born_on <= today:
        message = "The date of birth must be in the past."
        raise Unfit("born_on", f"{pointer}/born_on", message)


def _check_names(bodies: Sequence[OrderPassengerBody]) -> None:
    seen: set[tuple[str, str]] = set()
    for index, body in enumerate(bodies):
        name = (body.given_name.casefold(), body.family_name.casefold())
        if name in seen:
            message = "Passengers of one order must have different names."
            raise DuplicateName("passengers", f"/passengers/{index}", message)
        seen.add(name)


def _check_laps(bodies: Sequence[OrderPassengerBody], types: Mapping[str, PassengerType]) -> None:
    """Each infant is on the lap of exactly one adult, and nobody else is on any."""
    infants = {id_ for id_, kind in types.items() if kind is PassengerType.INFANT}
    held: list[str] = []
    for index, body in enumerate(bodies):
        if body.infant_passenger_id is None:
            continue
        is_fit = body.infant_passenger_id in infants and types[body.id] is PassengerType.ADULT
        if not is_fit or body.infant_passenger_id in held:
            pointer = f"/passengers/{index}/infant_passenger_id"
            message = "An adult can hold one infant of this order, that nobody else holds."
            raise Unfit("infant_passenger_id", pointer, message)
        held.append(body.infant_passenger_id)
    if len(held) != len(infants):
        raise Missing("infant_passenger_id", "/passengers")


def _passenger(body: OrderPassengerBody, who: Traveller) -> Passenger:
    """Accounts that are not told again are those that the offer's passenger was given."""
    told = body.loyalty_programme_accounts
    return Passenger(
        id=body.id,
        type=who.type,
        title=body.title,
        given_name=body.given_name,
        family_name=body.family_name,
        gender=body.gender,
        born_on=body.born_on,
        email=body.email,
        phone_number=body.phone_number,
        infant_id=body.infant_passenger_id,
        accounts=who.accounts if told is None else accounts_of(told),
    )
