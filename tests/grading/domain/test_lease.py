"""A lease is active until the store's clock says that it has run out."""

import pytest

from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.roster import Source, UserId


@pytest.mark.parametrize(("expires_in_s", "active"), [(0.001, True), (0.0, False), (-1.0, False)])
def test_a_lease_is_active_only_before_its_end(expires_in_s: float, active: bool) -> None:
    lease = Lease(UserId(7), Source("127.0.0.1", 5000), 10.0, 1.0, expires_in_s, 0)
    assert lease.is_active is active
