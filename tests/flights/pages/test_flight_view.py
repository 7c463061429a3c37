"""A flight as it stands, leg by leg."""

from datetime import UTC, date, datetime, timedelta, timezone

from msgspec import structs

from holdfast.flights.domain.status import LegState
from holdfast.flights.pages.flight_view import (
    MARKS,
    MAX_TOLD,
    days_in,
    flight_view,
    moment_in,
    stations,
)
from holdfast.flights.wire.status_shapes import (
    FlightStatusShape,
    LegShape,
    MovementShape,
    ToldShape,
)

DAY = date(2026, 12, 1)
BERLIN = timezone(timedelta(hours=1))
OUT = datetime(2026, 12, 1, 22, 0, tzinfo=BERLIN)
IN = datetime(2026, 12, 2, 0, 10, tzinfo=UTC)
NAMES = {"FRA": "Frankfurt", "LHR": "London"}


def movement(
    station: str, at: datetime, *, late_min: int | None = None, gate: str = ""
) -> MovementShape:
    """A departure or arrival; `late_min` from the timetable, expected."""
    told = None if late_min is None else at + timedelta(minutes=late_min)
    return MovementShape(station, at, told, None, late_min, "1", gate)


def leg(origin: str = "FRA", destination: str = "LHR", **changes: object) -> LegShape:
    """A leg."""
    given: dict[str, object] = {
        "status": LegState.DELAYED,
        "departure": movement(origin, OUT, late_min=25, gate="B42"),
        "arrival": movement(destination, IN),
        "aircraft": "320",
        "registration": "D-AIUA",
        "duration_min": 130,
        "diverted_to": "",
        "reason": "late arrival",
        "updated_at": OUT,
        **changes,
    }
    return LegShape(**given)  # type: ignore[arg-type]


def told(number: int = 1) -> ToldShape:
    """A line of history."""
    facts = {"board_gate": f"B{number}", "departure_estimated": "2026-12-01T21:25:00+00:00"}
    return ToldShape(OUT, OUT, "status", "FRA", "LHR", facts)


def status(*legs: LegShape, history: int = 1, operated_as: str = "ZZ100") -> FlightStatusShape:
    """A flight."""
    return FlightStatusShape(
        flight="ZZ100",
        carrier="ZZ",
        number=100,
        suffix="",
        date=DAY,
        status=LegState.DELAYED,
        operated_as=operated_as,
        partners=["0S4000", "ZZ7"],
        legs=list(legs) or [leg()],
        history=[told(number) for number in range(history)],
    )


def test_ends_say_what_was_planned_and_what_is_expected() -> None:
    view = flight_view(status(), NAMES, {"320": "Airbus A320"})
    departure, arrival = view.origin, view.destination
    assert (departure.name, departure.code, departure.gate, departure.terminal) == (
        "Frankfurt",
        "FRA",
        "B42",
        "1",
    )
    assert departure.shown == OUT + timedelta(minutes=25)
    assert (departure.delay_min, departure.is_actual, departure.later) == (25, False, 0)
    assert (arrival.told, arrival.shown, arrival.later, arrival.delay_min) == (None, IN, 1, 0)
    (one,) = view.legs
    assert (one.aircraft, one.reason, one.state, one.mark) == (
        "Airbus A320",
        "late arrival",
        "delayed",
        "warn",
    )


def test_what_really_happened_wins() -> None:
    left = OUT + timedelta(minutes=3)
    moved = MovementShape("FRA", OUT, OUT + timedelta(minutes=25), left, 3, "", "")
    view = flight_view(status(leg(departure=moved)), {}, {})
    assert (view.origin.shown, view.origin.is_actual, view.origin.name) == (left, True, "FRA")


def test_other_numbers_and_other_days_are_a_link_away() -> None:
    view = flight_view(status(operated_as="ZZ7"), NAMES, {})
    assert (view.operated_as, view.partners) == ("ZZ7", ("0S4000",))
    assert flight_view(status(), NAMES, {}).operated_as == ""
    assert view.previous == "/flights/ZZ100?date=2026-11-30"
    assert view.next == "/flights/ZZ100?date=2026-12-02"
    assert view.search == "/?trip=oneway&from=FRA&to=LHR&out=2026-12-01"


def test_history_is_bounded_and_names_legs_only_where_there_are_several() -> None:
    view = flight_view(status(history=MAX_TOLD + 3), NAMES, {})
    assert (len(view.history), view.hidden, view.history[0].leg) == (MAX_TOLD, 3, "")
    two = flight_view(status(leg(), leg("LHR", "JFK")), NAMES, {})
    assert two.history[0].leg == "FRA–LHR"
    assert two.destination.code == "JFK"


def test_moments_that_were_told_are_local_at_their_end_of_the_leg() -> None:
    line = ToldShape(
        OUT, OUT, "status", "FRA", "LHR", {"arrival_actual": "2026-12-02T00:30:00+00:00"}
    )
    view = flight_view(structs.replace(status(), history=[line, told()]), NAMES, {})
    arrived, departing = view.history[0].facts[0], view.history[1].facts[1]
    assert arrived.at == datetime(2026, 12, 2, 0, 30, tzinfo=UTC)
    assert departing.at is not None
    assert departing.at.hour == 22, "in Frankfurt"
    assert view.history[1].facts[0].at is None
    lost = ToldShape(OUT, OUT, "status", "AAA", "BBB", {"departure_actual": OUT.isoformat()})
    assert flight_view(structs.replace(status(), history=[lost]), NAMES, {}).history[0].facts


def test_every_state_has_a_mark() -> None:
    assert MARKS.keys() == {state.value for state in LegState}


def test_all_airports_are_named_once() -> None:
    both = status(leg(), leg("LHR", "JFK", diverted_to="BOS"))
    assert stations(both) == ["FRA", "LHR", "JFK", "BOS"]


def test_days_and_moments_are_found_in_what_the_api_says() -> None:
    said = "the nearest dates are 2026-12-01 and 2026-12-03, not 2026-99-99"
    assert days_in(said) == [date(2026, 12, 1), date(2026, 12, 3)]
    assert moment_in("2026-12-01T21:25:00+00:00") == datetime(2026, 12, 1, 21, 25, tzinfo=UTC)
    assert moment_in("B42") is None
    assert moment_in("2026-12-01T21:25:00") is None


def test_the_last_day_of_all_has_no_day_after() -> None:
    last = structs.replace(status(), date=date.max)
    assert flight_view(last, NAMES, {}).next == "/flights/ZZ100?date=9999-12-31"
