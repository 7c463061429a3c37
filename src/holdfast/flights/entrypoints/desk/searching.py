"""The law of `flights search`: what can be flown, the cheapest first, with prices that hold."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.flights.entrypoints.desk.api import Api, Json
from holdfast.flights.entrypoints.desk.words import clock, days_later, duration, moment, table

MAX_SHOWN = 200
Print = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `back` None: one way. `children` and `infants` have no seat of adults."""

    origin: str
    destination: str
    out: date
    back: date | None = None
    adults: int = 1
    children: int = 0
    infants: int = 0
    cabin: str | None = None
    connections: int = 1
    limit: int = 20

    def request(self) -> dict[str, object]:
        """The `data` of an offer request."""
        slices = [_slice(self.origin, self.destination, self.out)]
        if self.back is not None:
            slices.append(_slice(self.destination, self.origin, self.back))
        people = [("adult", self.adults), ("child", self.children)]
        people.append(("infant_without_seat", self.infants))
        asked: dict[str, object] = {
            "slices": slices,
            "passengers": [{"type": kind} for kind, count in people for _ in range(count)],
            "max_connections": self.connections,
        }
        if self.cabin is not None:
            asked["cabin_class"] = self.cabin
        return asked


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


def add_search_arguments(parser: argparse.ArgumentParser) -> None:
    """What `flights search` understands."""
    parser.add_argument("origin", type=str.upper, metavar="FROM", help="airport or city, e.g. FRA")
    parser.add_argument("destination", type=str.upper, metavar="TO", help="e.g. LHR or LON")
    parser.add_argument("out", type=day, metavar="DATE", help="e.g. 2026-12-01")
    parser.add_argument("--return", dest="back", type=day, metavar="DATE", help="and back")
    parser.add_argument("--adults", type=int, default=1, metavar="N")
    parser.add_argument("--children", type=int, default=0, metavar="N")
    parser.add_argument("--infants", type=int, default=0, metavar="N", help="on a lap")
    parser.add_argument(
        "--cabin", choices=("economy", "premium_economy", "business", "first"), default=None
    )
    parser.add_argument("--connections", type=int, default=1, metavar="N", help="0 to 2")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="offers to show")


def wish_of(given: argparse.Namespace) -> Wish:
    """The wish that was given on the command line."""
    return Wish(
        origin=given.origin,
        destination=given.destination,
        out=given.out,
        back=given.back,
        adults=given.adults,
        children=given.children,
        infants=given.infants,
        cabin=given.cabin,
        connections=given.connections,
        limit=max(1, min(given.limit, MAX_SHOWN)),
    )


def day(text: str) -> date:
    """A date; argparse's error otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-12-01") from None


def _slice(origin: str, destination: str, when: date) -> dict[str, str]:
    return {
        "origin": origin,
        "destination": destination,
        "departure_date": when.isoformat(),
    }
