"""Clocks of stations, from the airports' time zones and the tz database."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holdfast.flights.store.reference import atlas


class StationClocks:
    """`Clocks` of all airports with an IATA code."""

    def offset_min(self, station: str, at: datetime, *, is_utc: bool) -> int | None:
        """See `Clocks.offset_min`. A local time that comes twice is the earlier one."""
        zone = _zone(station)
        if zone is None:
            return None
        moment = at.replace(tzinfo=UTC).astimezone(zone) if is_utc else at.replace(tzinfo=zone)
        offset = moment.utcoffset()
        assert offset is not None, "a zone of the tz database always has one"
        return offset // timedelta(minutes=1)


@cache
def _zone(station: str) -> ZoneInfo | None:
    """The zone of a station; None when it or its zone is not known. Stations are few thousand."""
    airport = atlas().airports.get(station)
    if airport is None:
        return None
    try:
        return ZoneInfo(airport.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
