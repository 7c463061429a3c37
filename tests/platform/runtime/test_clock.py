"""The system's clock."""

from datetime import UTC, datetime, timedelta

from holdfast.platform.runtime.clock import Clock, SystemClock


def test_wall_time_is_aware_utc_and_now() -> None:
    clock: Clock = SystemClock()
    assert clock.wall().tzinfo is UTC
    assert abs(clock.wall() - datetime.now(UTC)) < timedelta(minutes=1)


def test_monotonic_time_never_runs_backwards() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)
