"""A cold member gets a share that grows to all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.slow_start import FIRST_SHARE, Ramp


def test_the_share_grows_evenly_and_then_stays() -> None:
    ramp = Ramp()
    assert ramp.share(0.0, 10.0) == 1.0, "who was always there is warm"
    ramp.begin(5.0)
    assert ramp.share(5.0, 10.0) == FIRST_SHARE
    assert ramp.share(10.0, 10.0) == pytest.approx((1 + FIRST_SHARE) / 2)
    assert ramp.share(15.0, 10.0) == 1.0
    assert ramp.share(6.0, 10.0) == 1.0, "once warm, always warm"


def test_warm_at_once_when_it_must_be() -> None:
    ramp = Ramp()
    ramp.begin(5.0)
    ramp.skip()
    assert ramp.share(5.0, 10.0) == 1.0


@given(st.floats(0.05, 1.0), st.integers(20, 500))
def test_exactly_the_share_is_let_through(share: float, clients: int) -> None:
    ramp = Ramp()
    admitted = sum(ramp.admits(share) for _ in range(clients))
    assert admitted == pytest.approx(share * clients, abs=1.0)
