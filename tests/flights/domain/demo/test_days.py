"""The day of operation: told bit by bit, the same whoever asks and however often."""

from datetime import UTC, datetime, timedelta

from holdfast.flights.domain.demo.days import updates
from holdfast.flights.domain.demo.filing import schedule
from holdfast.flights.domain.demo.roster import AIRLINES, Airline
from holdfast.flights.domain.flight import DatedLeg, LegKey
from holdfast.flights.domain.status import LegState, StatusUpdate, learn_all
from tests.flights.domain.demo.worlds import world

WORLD = world()
START = 29_900_000
DAY = 1440
MONTH = [
    update
    for airline in WORLD.roster()
    for update in updates(WORLD, airline, START, START + 30 * DAY)
]


def test_asking_by_the_hour_tells_the_same_as_asking_once() -> None:
    zz = AIRLINES[0]
    once = list(updates(WORLD, zz, START, START + DAY))
    hourly = [u for m in range(START, START + DAY, 60) for u in updates(WORLD, zz, m, m + 60)]
    assert hourly == once
    assert len(once) > 30


def test_everything_is_told_of_legs_that_are_filed() -> None:
    today = datetime.fromtimestamp(START * 60, UTC).date()
    zz = AIRLINES[0]
    filed = schedule(WORLD, zz, today)
    for update in updates(WORLD, zz, START, START + DAY):
        assert any(
            (p.designator.number, p.board, p.off)
            == (update.leg.number, update.leg.board, update.leg.off)
            and update.leg.flight_date in p.period
            for p in filed
        )


def by_leg() -> dict[LegKey, list[StatusUpdate]]:
    found: dict[LegKey, list[StatusUpdate]] = {}
    for update in MONTH:
        found.setdefault(update.leg, []).append(update)
    return found


def test_few_flights_are_cancelled_and_those_tell_nothing_else() -> None:
    cancelled = [u for u in MONTH if u.facts.state is LegState.CANCELLED]
    assert 0 < len(cancelled) < 0.03 * len(by_leg())
    for update in cancelled:
        assert by_leg()[update.leg] == [update]
        assert update.facts.reason


def test_a_flight_leaves_before_it_lands_and_most_leave_on_time() -> None:
    flown = 0
    late = 0
    for found in by_leg().values():
        known = learn_all({}, found, 1)[found[0].leg].facts
        if known.departure_actual is None or known.arrival_actual is None:
            continue
        flown += 1
        late += known.departure_estimated is not None
        assert known.departure_actual < known.arrival_actual
        assert known.off_gate
    assert flown > 1_000
    assert 0.15 < late / flown < 0.45


def test_nothing_is_told_before_its_time() -> None:
    for update in MONTH:
        for moment in (update.facts.departure_actual, update.facts.arrival_actual):
            assert moment is None or moment == update.told_at
        if update.facts.board_gate:
            leg = next(
                DatedLeg.of(p, update.leg.flight_date)
                for p in schedule(WORLD, _airline(update), update.leg.flight_date)
                if p.designator.number == update.leg.number
                and p.board == update.leg.board
                and update.leg.flight_date in p.period
            )
            departs = datetime.fromtimestamp(leg.departing_utc_min * 60, UTC)
            assert departs - update.told_at == timedelta(hours=3)
            break


def _airline(update: StatusUpdate) -> Airline:
    return next(each for each in AIRLINES if each.code == update.leg.carrier)


def test_a_season_may_end_in_the_middle() -> None:
    end_of_summer = int(datetime(2026, 10, 24, tzinfo=UTC).timestamp()) // 60
    told = list(updates(WORLD, AIRLINES[0], end_of_summer, end_of_summer + 3 * DAY))
    assert {u.leg.flight_date.day for u in told} >= {24, 25, 26}
