"""Nothing is sold twice, whoever is killed: 5,000 buyers, 180 seats, and `kill -9` all the while.

Real processes behind the real front door. Buyers who lose their answer ask again with the same key,
as the API's clients should; afterwards the auditor must find nothing, and each key one effect.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from holdfast.platform.data.database import Database
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.data.queries import Statement
from tests.support.booking_office import Office, Plan, crowd, open_office, order_of, why
from tests.support.fleet import Fleet, fleet

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.timeout(900)]

SEATS = 180
BUYERS = 5_000
KILL_EVERY_S = 2.0
MOST_KILLED = 12
"""The supervisor starts a process that dies again and again ever more slowly: some must live."""
VICTIMS = ("flights-booking", "flights-booking", "flights-search")
HOT, SEAT_MAP, RACES, FIRST_LEG, SECOND_LEG, EXPIRING = range(100, 106)
PLANS = (
    Plan(HOT, "FRA", "LHR", 8 * 60, SEATS),
    Plan(SEAT_MAP, "FRA", "CDG", 9 * 60, 30),
    Plan(RACES, "FRA", "MUC", 10 * 60, 120),
    Plan(FIRST_LEG, "LIS", "MAD", 8 * 60, 60),
    Plan(SECOND_LEG, "MAD", "ATH", 11 * 60, 40, minutes=200),
    Plan(EXPIRING, "FRA", "VIE", 12 * 60, 50),
)
SOLD_OUT = {"offer_no_longer_available", "sold_out", "airline_error", "no_availability"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("overselling")
    settings = {
        "flights.booking": 3,
        "flights.search": 2,
        "http.requests": 1_000_000,
        "fleet.drain_s": 2,
        "balancer.connections_per_client": 4_000,
    }
    words = [f"--set={key}={value}" for key, value in settings.items()]
    with fleet(folder / "data", *words, nodes=1, demo=True) as running:
        opened = open_office(running)
        opened.deliver(PLANS)
        yield opened


@asynccontextmanager
async def killing(running: Fleet, seed: int) -> AsyncIterator[list[str]]:
    """While the block runs, `kill -9` one process of flights after another; their names."""
    dice = random.Random(seed)
    killed: list[str] = []

    async def kill() -> None:
        while len(killed) < MOST_KILLED:
            await asyncio.sleep(KILL_EVERY_S)
            name = dice.choice(VICTIMS)
            pids = running.pids(name)
            if len(pids) > 1:  # somebody is left to answer
                with suppress(ProcessLookupError):
                    running.kill(name, dice.randrange(len(pids)))
                    killed.append(name)

    task = asyncio.create_task(kill())
    try:
        yield killed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def is_green(report: dict[str, Any]) -> bool:
    checked = {one["name"]: one["checked"] for one in report["assertions"]}
    assert checked["inventory_conserved"], "an auditor that looks at nothing is no auditor"
    assert checked["money_conserved"]
    assert not [one for one in report["assertions"] if one["wrong"]], report
    return bool(report["ok"])


async def booked(office: Office, client: httpx.AsyncClient, number: int) -> list[dict[str, Any]]:
    """All live orders that hold a seat on a flight of the airline."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = await office.read(client, "/air/orders", {"limit": 200, **_after(after)})
        for order in page["data"]:
            flights = {
                segment["marketing_carrier_flight_number"].lstrip("0")
                for one in order["slices"]
                for segment in one["segments"]
            }
            if order["cancelled_at"] is None and str(number) in flights:
                found.append(order)
        after = page["meta"]["after"]
        if after is None:
            return found


def _after(cursor: str) -> dict[str, str]:
    return {"after": cursor} if cursor else {}


async def test_five_thousand_buyers_get_exactly_the_seats_that_are_there(office: Office) -> None:
    async with office.client() as client:
        offers = await office.offers(client, BUYERS, [("FRA", "LHR")])
        assert {_number(one) for one in offers} == {HOT}

        async def buy(place: int) -> httpx.Response:
            return await office.ask(client, "/air/orders", order_of(offers[place]), f"hot-{place}")

        async with killing(office.fleet, seed=1) as killed:
            answers = await crowd(buy, range(BUYERS))
        assert len(killed) >= 3, "nothing was killed, so nothing was shown"

        said = Counter(map(why, answers))
        assert said["ok"] == SEATS, said
        assert set(said) - {"ok"} <= SOLD_OUT, said
        won = [place for place, answer in enumerate(answers) if why(answer) == "ok"]
        orders = {answers[place].json()["data"]["id"] for place in won}
        assert len(orders) == SEATS
        assert {order["id"] for order in await booked(office, client, HOT)} == orders

        # each key has one effect: asking again gives the same answer, byte for byte
        again = await crowd(buy, won[:40])
        assert [one.content for one in again] == [answers[place].content for place in won[:40]]
        assert is_green(await office.audit(client))


def _number(offer: dict[str, Any]) -> int:
    return int(offer["slices"][0]["segments"][0]["marketing_carrier_flight_number"])


@dataclass(frozen=True)
class Wish:
    """An offer, and the service that is a seat of it."""

    offer: dict[str, Any]
    service: dict[str, Any]


async def test_when_everybody_wants_12a_one_of_them_gets_it(office: Office) -> None:
    buyers = 90
    async with office.client() as client:
        offers = await office.offers(client, buyers, [("FRA", "CDG")])

        async def wish(offer: dict[str, Any]) -> Wish:
            maps = await office.read(client, "/air/seat_maps", {"offer_id": offer["id"]})
            elements = [
                element
                for cabin in maps["data"][0]["cabins"]
                for row in cabin["rows"]
                for section in row["sections"]
                for element in section["elements"]
                if element["type"] == "seat" and element["available_services"]
            ]
            wanted = min(elements, key=lambda one: (len(one["designator"]), one["designator"]))
            return Wish(offer, wanted["available_services"][0])

        wishes = await crowd(wish, offers, at_once=8)

        async def buy(place: int) -> httpx.Response:
            service = wishes[place].service
            body = order_of(
                wishes[place].offer,
                services=[{"id": service["id"], "quantity": 1}],
                extra=service["total_amount"],
            )
            return await office.ask(client, "/air/orders", body, f"seat-{place}")

        async with killing(office.fleet, seed=2):
            answers = await crowd(buy, range(buyers))
        said = Counter(map(why, answers))
        assert said["ok"] == 1, said
        assert set(said) == {"ok", "ancillary_service_not_available"}, said
        assert is_green(await office.audit(client))


async def test_two_legs_are_sold_together_or_not_at_all(office: Office) -> None:
    """Through passengers and local ones of both legs, at once: no deadlock, no half a journey."""
    async with office.client() as client:
        through = [
            one
            for one in await office.offers(client, 60, [("LIS", "ATH")])
            if len(one["slices"][0]["segments"]) == 2
        ]
        first = await office.offers(client, 60, [("LIS", "MAD")])
        second = await office.offers(client, 60, [("MAD", "ATH")])
        wanted = [one for group in zip(through, first, second, strict=False) for one in group]
        assert len(wanted) >= 120

        async def buy(place: int) -> httpx.Response:
            return await office.ask(client, "/air/orders", order_of(wanted[place]), f"leg-{place}")

        async with killing(office.fleet, seed=3):
            answers = await crowd(buy, range(len(wanted)))
        said = Counter(map(why, answers))
        assert set(said) - {"ok"} <= SOLD_OUT, said
        on_first = await booked(office, client, FIRST_LEG)
        on_second = await booked(office, client, SECOND_LEG)
        assert len(on_first) <= PLANS[3].seats
        assert len(on_second) == PLANS[4].seats, "the smaller flight is full"
        both = {one["id"] for one in on_first} & {one["id"] for one in on_second}
        assert both == {one["id"] for one in on_first if len(one["slices"][0]["segments"]) == 2}, (
            "who has the first leg of a journey has the second"
        )
        assert is_green(await office.audit(client))


async def test_an_order_is_cancelled_once_and_never_both_paid_and_given_back(
    office: Office,
) -> None:
    async with office.client() as client:
        offers = await office.offers(client, 60, [("FRA", "MUC")])
        held = await crowd(
            lambda place: office.ask(
                client, "/air/orders", order_of(offers[place], hold=True), f"race-{place}"
            ),
            range(len(offers)),
        )
        orders = [answer.json()["data"] for answer in held]

        async def race(place: int) -> tuple[str, list[str]]:
            order = orders[place]
            quoted = await office.ask(
                client, "/air/order_cancellations", {"data": {"order_id": order["id"]}}
            )
            quote = quoted.json()["data"]["id"]
            confirm = f"/air/order_cancellations/{quote}/actions/confirm"
            payment = {
                "order_id": order["id"],
                "payment": {
                    "type": "balance",
                    "amount": order["total_amount"],
                    "currency": order["total_currency"],
                },
            }
            answers = await asyncio.gather(
                office.ask(client, confirm, {}, f"confirm-a-{place}"),
                office.ask(client, "/air/payments", {"data": payment}, f"pay-{place}"),
                office.ask(client, confirm, {}, f"confirm-b-{place}"),
            )
            return order["id"], [why(answer) for answer in answers]

        async with killing(office.fleet, seed=4):
            told = await crowd(race, range(len(orders)), at_once=20)
        for order_id, (one, paid, other) in told:
            now = (await office.read(client, f"/air/orders/{order_id}"))["data"]
            is_cancelled = now["cancelled_at"] is not None
            is_paid = not now["payment_status"]["awaiting_payment"] and not is_cancelled
            assert is_cancelled != is_paid, (one, paid, other, now["payment_status"])
            assert is_paid == (paid == "ok"), (one, paid, other)
            assert is_cancelled == ("ok" in (one, other)), (one, paid, other)
        assert is_green(await office.audit(client))


async def test_a_hold_that_ends_while_it_is_paid_is_either_paid_or_gone(office: Office) -> None:
    """The clock of holds is moved in the database while payments and other buyers are under way."""
    seats = PLANS[5].seats
    async with office.client() as client:
        offers = await office.offers(client, 3 * seats, [("FRA", "VIE")])
        holding, waiting = offers[:seats], offers[seats:]
        held = await crowd(
            lambda place: office.ask(
                client, "/air/orders", order_of(holding[place], hold=True), f"hold-{place}"
            ),
            range(seats),
        )
        orders = [answer.json()["data"] for answer in held]
        assert {why(answer) for answer in held} == {"ok"}

        async def pay(place: int) -> tuple[str, str]:
            order = orders[place]
            payment = {
                "order_id": order["id"],
                "payment": {
                    "type": "balance",
                    "amount": order["total_amount"],
                    "currency": order["total_currency"],
                },
            }
            answer = await office.ask(
                client, "/air/payments", {"data": payment}, f"late-pay-{place}"
            )
            return order["id"], why(answer)

        async def buy(place: int) -> str:
            body = order_of(waiting[place])
            return why(await office.ask(client, "/air/orders", body, f"late-buy-{place}"))

        async def end_holds() -> None:
            address = dsn_file(office.fleet.data).read_text().strip()
            async with await Database.connect(address, schema="flights") as database:
                for order in orders:
                    await database.execute(_END_HOLD, order["id"])
                    await asyncio.sleep(0)

        paid, bought, _ = await asyncio.gather(
            crowd(pay, range(seats), at_once=16),
            crowd(buy, range(len(waiting)), at_once=16),
            end_holds(),
        )
        live = await booked(office, client, EXPIRING)
        assert len(live) <= seats
        live_ids = {one["id"] for one in live}
        for order_id, said in paid:
            assert (order_id in live_ids) == (said == "ok"), said
        newcomers = sum(said == "ok" for said in bought)
        assert len(live) == newcomers + sum(said == "ok" for _, said in paid)
        assert is_green(await office.audit(client))


_END_HOLD = Statement(
    "end_hold",
    """
    WITH late AS (
        UPDATE orders SET hold_until = clock_timestamp() - interval '1 second',
                          price_until = clock_timestamp() - interval '1 second'
        WHERE id = $1 AND state = 'held' RETURNING id
    )
    UPDATE seats SET expires_at = clock_timestamp() - interval '1 second'
    WHERE order_id IN (SELECT id FROM late) AND state = 'held'
    """,
)
