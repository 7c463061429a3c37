"""The law of `flights book`, `order`, `pay`, `reprice`, `cancel`: from an offer to a seat and back.

Who flies is given, or stands for somebody: passengers are named after stars, for trying things out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.errors import Mistake
from holdfast.flights.entrypoints.desk.api import Api, Json
from holdfast.flights.entrypoints.desk.searching import flight_of
from holdfast.flights.entrypoints.desk.words import clock, moment, plain, table

EMAIL = "traveller@example.org"
PHONE = "+442079460123"
"""A number of the range that is kept for fiction."""
STARS = ("Alcyone", "Bellatrix", "Capella", "Deneb", "Electra", "Mira", "Polaris", "Spica", "Vega")
_BORN = {"adult": date(1990, 5, 17), "child": date(2019, 5, 17)}
Print = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Person:
    """Who flies: names, birthday, `m` or `f`."""

    given_name: str
    family_name: str
    born_on: date
    gender: str = "f"


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked. `seats` are for the passengers in order, on the first flight."""

    offer_id: str
    people: tuple[Person, ...] = ()
    seats: tuple[str, ...] = ()
    hold: bool = False
    email: str = EMAIL
    phone: str = PHONE


def book(api: Api, booking: Booking, today: date) -> Json:
    """The order that was made; `Mistake` when there are too many people or a seat is not free."""
    offer = api.data(f"/air/offers/{booking.offer_id}")
    travellers = offer["passengers"]
    if len(booking.people) > len(travellers):
        raise Mistake(f"The offer is for {len(travellers)}, {len(booking.people)} were named.")
    services = _seat_services(api, booking, travellers)
    data: dict[str, object] = {
        "type": "hold" if booking.hold else "instant",
        "selected_offers": [booking.offer_id],
        "passengers": _passengers(booking, travellers, today),
    }
    if services:
        data["services"] = [{"id": service["id"], "quantity": 1} for service in services]
    if not booking.hold:
        extra = sum(_minor(service["total_amount"]) for service in services)
        amount = _minor(offer["total_amount"]) + extra
        data["payments"] = [_payment(_decimal(amount, offer), offer["total_currency"])]
    return api.post("/air/orders", data)


def pay(api: Api, order_id: str) -> Json:
    """Pay a held order in full; the payment."""
    order = api.data(f"/air/orders/{order_id}")
    payment = _payment(order["total_amount"], order["total_currency"])
    return api.post("/air/payments", {"order_id": order_id, "payment": payment})


def reprice(api: Api, order_id: str) -> Json:
    """The price of now of a held order whose price guarantee has ended; the order."""
    return api.act(f"/air/orders/{order_id}/actions/reprice")["data"]


def cancel(api: Api, order_id: str, *, only_quote: bool = False) -> Json:
    """Ask what is given back, and take it unless only that was asked; the cancellation."""
    quote = api.post("/air/order_cancellations", {"order_id": order_id})
    if only_quote:
        return quote
    return api.act(f"/air/order_cancellations/{quote['id']}/actions/confirm")["data"]


def show_order(order: Mapping[str, Json], out: Print = print) -> None:
    """Print an order: how it stands, the flights, who flies and where they sit."""
    total = f"{order['total_amount']} {order['total_currency']}"
    out(plain(f"{order['booking_reference']}  {order['id']}"))
    out(plain(f"{standing(order)}, {total}, booked {moment(order['created_at'])} UTC"))
    rows = []
    for one in order["slices"]:
        for segment in one["segments"]:
            rows.append(_flight_row(segment))
    for line in table(("date", "flight", "from", "leaves", "to", "arrives", "seats"), rows):
        out(f"  {line}")
    for who in order["passengers"]:
        out(plain(f"  {who['given_name']} {who['family_name']}, {who['type']}, {who['born_on']}"))


def show_cancellation(quote: Mapping[str, Json], out: Print = print) -> None:
    """Print what is given back, and whether the order is gone."""
    back = f"{quote['refund_amount']} {quote['refund_currency']}"
    if quote["confirmed_at"]:
        out(plain(f"{quote['order_id']} is cancelled; {back} go back to {quote['refund_to']}"))
    else:
        out(plain(f"{back} would go back, if confirmed before {moment(quote['expires_at'])} UTC"))


def standing(order: Mapping[str, Json]) -> str:
    """How an order stands, in words."""
    if order.get("cancelled_at"):
        return f"cancelled {moment(order['cancelled_at'])}"
    status = order["payment_status"]
    if not status["awaiting_payment"]:
        return "paid"
    by = moment(status["payment_required_by"])
    price = moment(status["price_guarantee_expires_at"])
    return f"held: to be paid by {by} UTC, price guaranteed until {price}"


def _flight_row(segment: Mapping[str, Json]) -> list[str]:
    seats = [str(who["seat"]["designator"]) for who in segment["passengers"] if who.get("seat")]
    return [
        segment["departing_at"][:10],
        flight_of(segment),
        segment["origin"]["iata_code"],
        clock(segment["departing_at"]),
        segment["destination"]["iata_code"],
        clock(segment["arriving_at"]),
        " ".join(seats) or "-",
    ]


def _passengers(
    booking: Booking, travellers: Sequence[Mapping[str, Json]], today: date
) -> list[dict[str, object]]:
    adults = [who["id"] for who in travellers if _kind(who) == "adult"]
    infants = [who["id"] for who in travellers if _kind(who) == "infant_without_seat"]
    laps = dict(zip(adults, infants, strict=False))
    found = []
    for place, traveller in enumerate(travellers):
        person = (
            booking.people[place]
            if place < len(booking.people)
            else _somebody(place, _kind(traveller), today)
        )
        found.append(_passenger(booking, traveller, person, laps.get(traveller["id"])))
    return found


def _passenger(
    booking: Booking, traveller: Mapping[str, Json], person: Person, infant: str | None
) -> dict[str, object]:
    told: dict[str, object] = {
        "id": traveller["id"],
        "title": "mr" if person.gender == "m" else "ms",
        "given_name": person.given_name,
        "family_name": person.family_name,
        "gender": person.gender,
        "born_on": person.born_on.isoformat(),
        "email": booking.email,
        "phone_number": booking.phone,
    }
    if infant is not None:
        told["infant_passenger_id"] = infant
    return told


def _somebody(place: int, kind: str, today: date) -> Person:
    born = _BORN.get(kind) or date(today.year - 1, today.month, 1)
    return Person(STARS[place % len(STARS)], "Demo", born)


def _kind(traveller: Mapping[str, Json]) -> str:
    return str(traveller.get("type") or "adult")


def _seat_services(
    api: Api, booking: Booking, travellers: Sequence[Mapping[str, Json]]
) -> list[Mapping[str, Json]]:
    """The services that mean the wanted seats on the first flight."""
    if not booking.seats:
        return []
    (seat_map, *_) = api.data("/air/seat_maps", {"offer_id": booking.offer_id}) or [None]
    if seat_map is None:
        raise Mistake("There is no seat map for this offer.")
    seats = {
        element["designator"]: element["available_services"]
        for cabin in seat_map["cabins"]
        for row in cabin["rows"]
        for section in row["sections"]
        for element in section["elements"]
        if element["type"] == "seat"
    }
    found = []
    for designator, traveller in zip(booking.seats, travellers, strict=False):
        offered = seats.get(designator.upper())
        service = next((s for s in offered or () if s["passenger_id"] == traveller["id"]), None)
        if service is None:
            why = "is not on this aircraft" if offered is None else "cannot be had"
            raise Mistake(f"Seat {designator} {why}.")
        found.append(service)
    return found


def _payment(amount: str, currency: str) -> dict[str, str]:
    return {"type": "balance", "amount": amount, "currency": currency}


def _minor(amount: str) -> int:
    """Digits without the point: amounts of one currency have the same number of places."""
    return int(amount.replace(".", ""))


def _decimal(minor: int, offer: Mapping[str, Json]) -> str:
    """The amount with as many places as the offer's own."""
    _, point, fraction = str(offer["total_amount"]).partition(".")
    if not point:
        return str(minor)
    whole, rest = divmod(minor, 10 ** len(fraction))
    return f"{whole}.{rest:0{len(fraction)}d}"
