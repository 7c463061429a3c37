import pytest

from holdfast.flights.service.ports.webhooks import Sent


@pytest.mark.parametrize(
    ("status", "succeeded"),
    [
        (200, True),
        (204, True),
        (299, True),
        (300, False),
        (404, False),
        (503, False),
        (None, False),
    ],
)
def test_only_a_status_of_success_is_one(status: int | None, succeeded: bool) -> None:
    assert Sent(status, "").succeeded is succeeded
