"""What sort of change it is, and which one of several counts."""

from datetime import UTC, date, datetime, timedelta

from holdfast.flights.domain.disruption import ChangeKind, LegChange, LegTimes, gravest
from holdfast.flights.domain.flight import LegKey

LEG = LegKey("HF", 100, "", date(2027, 6, 1), "FRA", "LHR")
WAS = LegTimes(datetime(2027, 6, 1, 8, tzinfo=UTC), datetime(2027, 6, 1, 9, tzinfo=UTC), "320")
LATER = LegTimes(WAS.departs_at + timedelta(minutes=5), WAS.arrives_at, "321")
BIGGER = LegTimes(WAS.departs_at, WAS.arrives_at, "321")


def test_a_leg_vanishes_moves_changes_its_aircraft_or_nothing() -> None:
    assert LegChange(LEG, WAS, None).kind is ChangeKind.CANCELLATION
    assert LegChange(LEG, WAS, LATER).kind is ChangeKind.SCHEDULE
    assert LegChange(LEG, WAS, BIGGER).kind is ChangeKind.EQUIPMENT
    assert LegChange(LEG, WAS, WAS).kind is None


def test_the_leg_that_is_hit_hardest_tells_the_kind() -> None:
    light, middle, heavy = (LegChange(LEG, WAS, now) for now in (BIGGER, LATER, None))
    assert gravest([light, middle, heavy]) is ChangeKind.CANCELLATION
    assert gravest([middle, light]) is ChangeKind.SCHEDULE
    assert gravest([light]) is ChangeKind.EQUIPMENT
    assert gravest([]) is None
