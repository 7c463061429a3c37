"""Failures in a row eject, for longer each time, and calm times forgive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.outliers import OutlierSettings, Record, Trouble

SETTINGS = OutlierSettings(errors=3, eject_s=5.0, longest_eject_s=30.0, calm_s=60.0)


def test_enough_failures_in_a_row_are_enough() -> None:
    record = Record()
    blamed = [record.blame(Trouble.SILENT, SETTINGS) for _ in range(3)]
    assert blamed == [False, False, True]
    assert record.counts == {Trouble.SILENT: 3}


def test_no_number_of_failures_ejects_when_it_is_switched_off() -> None:
    record = Record()
    assert not any(record.blame(Trouble.RESET, OutlierSettings(errors=0)) for _ in range(50))


def test_each_ejection_is_twice_as_long_up_to_a_limit() -> None:
    record, now = Record(), 0.0
    for expected_s in (5.0, 10.0, 20.0, 30.0, 30.0):
        record.eject(now, SETTINGS)
        assert record.ejected_until == pytest.approx(now + expected_s)
        now += expected_s
        record.release_if_due(now - 0.1)
        assert record.ejected_until is not None
        record.release_if_due(now)
        assert record.ejected_until is None
    assert record.ejections == 5


def test_calm_times_take_the_growth_back() -> None:
    record = Record()
    for _ in range(3):
        record.eject(0.0, SETTINGS)
    back_at = record.ejected_until
    assert back_at == 20.0
    record.eject(back_at + 61.0, SETTINGS)
    assert record.ejected_until == pytest.approx(back_at + 61.0 + 20.0), "one of three doublings"
    record.eject(10_000.0, SETTINGS)
    assert record.ejected_until == 10_005.0


def test_a_thousand_ejections_are_no_overflow() -> None:
    record = Record()
    for number in range(1_000):
        record.eject(float(number), SETTINGS)
    assert record.ejected_until == 999.0 + 30.0


@given(st.integers(0, 100), st.floats(0.0, 1.0))
def test_the_share_of_ejected_members_is_capped(members: int, share: float) -> None:
    settings, ejected = OutlierSettings(share=share), 0
    while settings.room(members, ejected):
        ejected += 1
    assert ejected <= share * members
    assert members == 0 or ejected < members or members > 1


def test_the_only_member_is_never_ejected() -> None:
    assert not OutlierSettings(share=1.0).room(1, 0)
    assert OutlierSettings().room(2, 0)
    assert not OutlierSettings().room(2, 1)
