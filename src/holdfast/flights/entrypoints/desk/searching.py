"""The law of `flights search`: what can be flown, the cheapest first, with prices that hold."""

from collections.abc import Callable, Mapping, Sequence

from holdfast.flights.entrypoints.desk.api import Api, Json
from holdfast.flights.entrypoints.desk.wish import Wish
from holdfast.flights.entrypoints.desk.words import clock, days_later, duration, moment, table

Print = Callable[[str], None]


def show_offers(api: Api, wish: Wish, out: Print = print) -> int:
    """Print the offers; exit code 1 when there are none."""
    found = search(api, wish)
    for line in offer_lines(found["offers"], wish):
        out(line)
    return 0 if found["offers"] else 1


def search(api: Api, wish: Wish) -> Json:
    """The offer request with its offers, the cheapest first."""
    request = api.post("/air/offer_requests", wish.request(), {"return_offers": "true"})
    request["offers"] = sorted(request["offers"], key=lambda each: float(each["total_amount"]))
    return request


def offer_lines(offers: Sequence[Mapping[str, Json]], wish: Wish) -> list[str]:
    """Offers as a table, a row for each direction."""
    route = f"{wish.origin} - {wish.destination}"
    if not offers:
        return [f"No offers for {route} on {wish.out}."]
    rows = []
    for number, offer in enumerate(offers[: wish.limit], start=1):
        for index, one in enumerate(offer["slices"]):
            rows.append(_row(number, offer, one, is_first=index == 0))
    shown = f"{min(wish.limit, len(offers))} of {len(offers)} offers"
    until = moment(offers[0]["expires_at"])
    heads = ("#>", "leaves", "arrives", "takes>", "flights", "via", "brand", "price>", "offer")
    return [f"{route}, {wish.out}: {shown}, prices hold until {until} UTC", *table(heads, rows)]


def _row(
    number: int, offer: Mapping[str, Json], one: Mapping[str, Json], *, is_first: bool
) -> list[str]:
    segments = one["segments"]
    first, last = segments[0], segments[-1]
    later = days_later(first["departing_at"], last["arriving_at"])
    flights = " ".join(flight_of(segment) for segment in segments)
    via = " ".join(segment["destination"]["iata_code"] for segment in segments[:-1])
    return [
        str(number) if is_first else "",
        clock(first["departing_at"]),
        clock(last["arriving_at"]) + (f" {later}" if later else ""),
        duration(one["duration"]),
        flights,
        via or "direct",
        str(one["fare_brand_name"] or ""),
        f"{offer['total_amount']} {offer['total_currency']}" if is_first else "",
        offer["id"] if is_first else "",
    ]


def flight_of(segment: Mapping[str, Json]) -> str:
    """`ZZ100`; with who flies it, if that is somebody else: `ZZ4100 (0S)`."""
    sold = segment["marketing_carrier"]["iata_code"]
    flown = segment["operating_carrier"]["iata_code"]
    name = f"{sold}{segment['marketing_carrier_flight_number']}"
    return name if sold == flown else f"{name} ({flown})"
