"""The port of status: what is filed and told of one flight. Replicas may answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.schedule import Designator, LegPattern
from holdfast.flights.domain.status import LegStatus, ToldUpdate
from holdfast.flights.service.ports.catalogue import Subject


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one dated flight, and under which designators others sell it."""

    known: Mapping[LegKey, LegStatus]
    history: Sequence[ToldUpdate]
    partners: Sequence[Designator]


class StatusStore(Protocol):
    """The reads of `service.flight_status`."""

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        """The version of each airline's subjects."""

    async def patterns(self, designator: Designator) -> Sequence[LegPattern]:
        """All that is filed under a designator; empty for a flight that nobody has."""

    async def told(self, operating: Designator, flight_date: date) -> Told:
        """What was told of a flight, by the designator that flies it."""
