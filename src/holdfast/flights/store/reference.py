"""The facts of the world: airports of the package `airportsdata`, three small tables of our own.

The package's own loader builds 28,000 dictionaries; here its two files are read once, as they are,
and only airports with an IATA code are kept: 130 ms, at the first call of `atlas`, not at import.
`facts/` holds code -> name tables that no kept package has: airlines, aircraft types, countries.
"""

import csv
import io
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from operator import itemgetter
from typing import Literal

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.place import Aircraft, Airline, Airport, City

_PACKAGE = "airportsdata"
_FACTS = files("holdfast.flights.store") / "facts"
_AIRPORT_COLUMNS = ("icao", "iata", "name", "city", "country", "lat", "lon", "tz")
_CITY_COLUMNS = ("Country", "City Code", "City Name", "Airport Code")


@cache
def atlas() -> Atlas:
    """Everything, read at the first call and kept."""
    cities = _cities()
    city_of = {airport: city.iata for city in cities for airport in city.airports}
    airports = [
        Airport(
            iata=iata,
            icao=icao if len(icao) == 4 and icao.isalpha() else "",
            name=name,
            city_name=city,
            country=country,
            latitude=float(latitude),
            longitude=float(longitude),
            time_zone=zone,
            city_code=city_of.get(iata),
        )
        for icao, iata, name, city, country, latitude, longitude, zone in _columns(
            files(_PACKAGE) / "airports.csv", _AIRPORT_COLUMNS
        )
        if iata
    ]
    return Atlas.build(
        airports=airports,
        cities=cities,
        airlines=[Airline(code, name, icao) for code, icao, name in _table("airlines")],
        aircraft=[Aircraft(code, name, _engine(kind)) for code, kind, name in _table("aircraft")],
        countries=_countries(),
    )


def _cities() -> list[City]:
    airports: dict[tuple[str, str, str], set[str]] = {}
    rows = _columns(files(_PACKAGE) / "iata_macs.csv", _CITY_COLUMNS)
    for country, code, name, airport in rows:
        airports.setdefault((code, name, country), set()).add(airport)
    return [City(*area, tuple(sorted(codes))) for area, codes in airports.items()]


def _countries() -> dict[str, str]:
    return {code: name for code, name in _table("countries")}  # noqa: C416  pairs, for mypy


def _engine(kind: str) -> Literal["jet", "turboprop"]:
    return "turboprop" if kind == "turboprop" else "jet"


def _columns(file: Traversable, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The named columns of each row of a CSV file with a header; `ValueError` without one."""
    reader = csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))
    header = next(reader, [])
    return map(itemgetter(*(header.index(name) for name in names)), reader)


def _table(name: str) -> Iterator[list[str]]:
    text = (_FACTS / f"{name}.tsv").read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines())
