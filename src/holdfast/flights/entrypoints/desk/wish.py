"""The law of a wish: what `flights search` understands, and the request that it becomes.

Light, for the command line's help reads it; who asks for the wish is `searching`."""

import argparse
from dataclasses import dataclass
from datetime import date

MAX_SHOWN = 200


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
