from datetime import UTC, timedelta

from holdfast.flights.domain.disruption import AirlineChange, ChangeKind, LegChange, LegTimes
from holdfast.flights.domain.flight import DatedLeg
from holdfast.flights.wire.duffel_airline_changes import airline_change_shape
from tests.support.little_atlas import little_names
from tests.support.sold_trips import NOW, leg, offer, order, sold_segment


def _times(one: DatedLeg, *, later_min: int = 0, aircraft: str = "320") -> LegTimes:
    at = one.departing_at.replace(tzinfo=UTC) + timedelta(minutes=later_min)
    return LegTimes(at, at + timedelta(minutes=100 + later_min), aircraft)


def test_a_moved_flight_is_removed_and_added_with_its_new_local_times() -> None:
    out, back = leg(), leg(118, "LHR", "FRA")
    booked = order(offer(sold_segment(out), sold_segment(back)))
    moved = LegChange(out.key, _times(out), _times(out, later_min=30, aircraft="321"))
    change = AirlineChange("aic_1", booked.id, ChangeKind.SCHEDULE, (moved,), NOW)
    shape = airline_change_shape(little_names(), change, booked)
    assert [one.id for one in shape.removed] == [booked.offer.slices[0].id]
    (added,) = shape.added
    assert added.segments[0].departing_at == "2026-12-01T08:30:00"
    assert added.segments[0].arriving_at == "2026-12-01T09:40:00"
    assert added.segments[0].duration == "PT2H10M"
    assert shape.available_actions == ["accept", "cancel"]
    assert shape.action_taken is None


def test_legs_beside_the_changed_one_stay_as_they_are() -> None:
    first = leg()
    second = leg(board="LHR", off="JFK", departing_at=first.departing_at + timedelta(hours=3))
    booked = order(offer(sold_segment(first, second)))
    moved = LegChange(second.key, _times(second), _times(second, later_min=60))
    change = AirlineChange("aic_1", booked.id, ChangeKind.SCHEDULE, (moved,), NOW)
    (added,) = airline_change_shape(little_names(), change, booked).added
    assert added.segments[0].departing_at == "2026-12-01T08:00:00"
    assert added.segments[0].stops[0].departing_at == "2026-12-01T12:00:00"


def test_a_flight_that_is_gone_is_removed_only() -> None:
    booked = order(offer())
    one = booked.offer.slices[0].segments[0].segment.legs[0]
    gone = LegChange(one.key, _times(one), None)
    change = AirlineChange("aic_1", booked.id, ChangeKind.CANCELLATION, (gone,), NOW, NOW)
    shape = airline_change_shape(little_names(), change, booked)
    assert len(shape.removed) == 1
    assert shape.added == []
    assert (shape.action_taken, shape.available_actions) == ("accepted", [])
    assert shape.action_taken_at == shape.updated_at
