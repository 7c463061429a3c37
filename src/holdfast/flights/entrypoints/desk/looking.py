"""The law of `flights status`: how a flight stands, leg by leg, and what was told of it."""

import re
from collections.abc import Callable, Mapping

from holdfast.errors import Mistake
from holdfast.flights.entrypoints.desk.api import Api, Json
from holdfast.flights.entrypoints.desk.words import clock, moment, plain, table

_FLIGHT = re.compile(r"[A-Z0-9]{2,3}\d{1,4}[A-Z]?", re.ASCII)
HISTORY_SHOWN = 12
Print = Callable[[str], None]


def flight_status(api: Api, flight: str, day: str = "") -> Json:
    """The flight as the API tells of it; `day` empty: today where it leaves."""
    name = flight.replace(" ", "").upper()
    if _FLIGHT.fullmatch(name) is None:
        raise Mistake(f"{flight!r} is no flight number like ZZ100.")
    return api.get(f"/api/flights/status/{name}", {"date": day} if day else None)


def show_status(found: Mapping[str, Json], out: Print = print) -> None:
    """Print a status: a line for each leg, then the newest updates."""
    partners = f", also {', '.join(found['partners'])}" if found["partners"] else ""
    flown = "" if found["operated_as"] == found["flight"] else f", flown as {found['operated_as']}"
    out(plain(f"{found['flight']} on {found['date']}: {found['status']}{flown}{partners}"))
    rows = [_leg_row(leg) for leg in found["legs"]]
    heads = ("from", "leaves", "now", "gate", "to", "arrives", "now", "gate", "aircraft", "why")
    for line in table(heads, rows):
        out(f"  {line}")
    for update in found["history"][:HISTORY_SHOWN]:
        told = ", ".join(f"{name} {value}" for name, value in update["told"].items())
        out(plain(f"  {moment(update['told_at'])}  {update['board']}-{update['off']}  {told}"))


def _leg_row(leg: Mapping[str, Json]) -> list[str]:
    return [
        *_movement(leg["departure"]),
        *_movement(leg["arrival"]),
        f"{leg['aircraft']} {leg['registration']}".strip(),
        f"to {leg['diverted_to']}" if leg["diverted_to"] else leg["reason"],
    ]


def _movement(point: Mapping[str, Json]) -> list[str]:
    """Station, scheduled time, what is known now, terminal and gate."""
    now = point["actual"] or point["estimated"]
    late = point["delay_min"]
    known = f"{clock(now)} ({late:+d})" if now and late is not None else "-"
    gate = f"{point['terminal']}/{point['gate']}" if point["gate"] else point["terminal"]
    return [point["station"], clock(point["scheduled"]), known, gate or "-"]
