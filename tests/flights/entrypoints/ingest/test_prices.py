"""Stopped prices: who runs the system sees them and decides once."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import httpx
import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.entrypoints.http.acts import Recording
from holdfast.flights.entrypoints.http.clients import Clients
from holdfast.flights.entrypoints.ingest.prices import StoppedPrices
from holdfast.flights.service.approve_prices import ApprovePrices
from holdfast.flights.service.ports.parked_prices import WaitingPrice
from holdfast.platform.auth.audit import Act
from holdfast.platform.auth.memory import MemoryPeople
from tests.flights.entrypoints.http.site import SIGNER, ManualClock, Site, new_token, site

NOW = datetime(2026, 11, 26, 19, tzinfo=UTC)
URL = "/api/flights/prices/parked"
WAITING = WaitingPrice(
    id=9,
    airline="ZZ",
    what="FRA-LHR economy KL12",
    currency="EUR",
    accepted=Price(13_690),
    asked=Price(1_369),
    sequence=7,
    parked_at=NOW.timestamp(),
    is_on_sale=True,
)


class Parked:
    """Prices that wait, in memory."""

    def __init__(self) -> None:
        self.prices = {WAITING.id: WAITING}
        self.decided: list[str] = []

    async def waiting(self, airline: str, after: int, limit: int) -> Sequence[WaitingPrice]:
        """See `ParkedPrices.waiting`."""
        found = [one for one in self.prices.values() if one.id > after]
        return [one for one in found if airline in ("", one.airline)][:limit]

    async def approve(self, id: int, now: float, rule: PriceRule) -> bool:  # noqa: A002
        """See `ParkedPrices.approve`."""
        return self.prices.pop(id, None) is not None

    async def refuse(self, id: int, now: float, by: str) -> bool:  # noqa: A002
        """See `ParkedPrices.refuse`."""
        self.decided.append(by)
        return self.prices.pop(id, None) is not None


@pytest.fixture
def parked() -> Parked:
    """One price that waits."""
    return Parked()


@pytest.fixture
async def desk(parked: Parked) -> AsyncIterator[Site]:
    """An operator's token and an airline's."""
    operations = StoppedPrices(ApprovePrices(parked, ManualClock())).operations()
    async with site(operations) as found:
        await found.tokens.create(new_token("op", "operator", scopes=frozenset({"operate"})))
        await found.tokens.create(new_token("zz", "ZZ", scopes=frozenset({"feeds"})))
        yield found


@pytest.fixture
async def client(desk: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Asks as whoever runs the system."""
    async with desk.client("op", None) as asking:
        yield asking


async def test_what_waits_is_shown_with_what_counts_meanwhile(client: httpx.AsyncClient) -> None:
    (one,) = (await client.get(URL)).json()["prices"]
    assert (one["id"], one["airline"], one["what"]) == (9, "ZZ", WAITING.what)
    assert (one["accepted"], one["asked"], one["currency"]) == ("136.90", "13.69", "EUR")
    assert one["parked_at"] == "2026-11-26T19:00:00Z"


async def test_pages_and_airlines_narrow_what_is_shown(client: httpx.AsyncClient) -> None:
    assert (await client.get(URL, params={"after": "9"})).json()["prices"] == []
    assert (await client.get(URL, params={"airline": "BA"})).json()["prices"] == []
    assert len((await client.get(URL, params={"airline": "ZZ"})).json()["prices"]) == 1
    assert (await client.get(URL, params={"airline": "z"})).status_code == 422


async def test_who_decides_on_a_price_is_written_down(parked: Parked) -> None:
    people = MemoryPeople()
    recording = Recording(people, Clients(SIGNER))
    operations = StoppedPrices(ApprovePrices(parked, ManualClock()), recording).operations()
    async with site(operations) as found:
        await found.tokens.create(new_token("op", "operator", scopes=frozenset({"operate"})))
        async with found.client("op", None) as client:
            await client.post(f"{URL}/9/approve")
            await client.post(f"{URL}/9/refuse")
    (entry,) = await people.entries(9)
    assert (entry.act, entry.target, entry.detail) == (Act.PRICE_DECIDED, "price 9", "approved")
    assert "op" not in entry.who.replace("operator", "")


async def test_a_price_is_let_through_once(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{URL}/9/approve")
    assert answer.json() == {"id": 9, "outcome": "approved"}
    assert (await client.post(f"{URL}/9/approve")).status_code == 404


async def test_a_price_is_refused_once_and_by_whom_is_kept(
    client: httpx.AsyncClient, parked: Parked
) -> None:
    answer = await client.post(f"{URL}/9/refuse")
    assert answer.json() == {"id": 9, "outcome": "refused"}
    assert parked.decided == ["operator"]
    assert (await client.post(f"{URL}/9/refuse")).status_code == 404


@pytest.mark.parametrize("wrong", ["x", "-1", "9" * 30, "٣"])
async def test_what_is_no_id_waits_for_nobody(client: httpx.AsyncClient, wrong: str) -> None:
    assert (await client.post(f"{URL}/{wrong}/approve")).status_code == 404


async def test_an_airline_does_not_decide_about_its_own_prices(desk: Site) -> None:
    async with desk.client("zz", None) as airline:
        assert (await airline.get(URL)).status_code == 403
        assert (await airline.post(f"{URL}/9/approve")).status_code == 403
