"""What the price promise cost is told to whoever runs the system, and to nobody else."""

from collections.abc import AsyncIterator, Sequence

import pytest

from holdfast.flights.entrypoints.booking_api.promise import Promise
from holdfast.flights.service.ports.promise_costs import PromiseCost
from tests.flights.entrypoints.http.site import Site, new_token, site

URL = "/api/flights/promise"


class Counted:
    """Two airlines, one with a budget."""

    async def costs(self) -> Sequence[PromiseCost]:
        """See `PromiseCosts.costs`."""
        return [PromiseCost("BA", "EUR", None, 1205), PromiseCost("ZZ", "JPY", 9000, 40)]


@pytest.fixture
async def desk() -> AsyncIterator[Site]:
    """An operator's token and an airline's."""
    async with site(Promise(Counted()).operations()) as found:
        await found.tokens.create(new_token("op", "operator", scopes=frozenset({"operate"})))
        await found.tokens.create(new_token("zz", "ZZ", scopes=frozenset({"feeds"})))
        yield found


async def test_costs_are_told_as_amounts(desk: Site) -> None:
    async with desk.client("op", None) as asking:
        assert (await asking.get(URL)).json()["costs"] == [
            {"airline": "BA", "currency": "EUR", "spent": "12.05", "budget": None},
            {"airline": "ZZ", "currency": "JPY", "spent": "40", "budget": "9000"},
        ]


async def test_airlines_are_not_told(desk: Site) -> None:
    async with desk.client("zz", None) as asking:
        assert (await asking.get(URL)).status_code == 403
