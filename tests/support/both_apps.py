"""A steady load of both applications on a running fleet: students who pass, buyers who order.

What was acknowledged is kept with its times, to be held against what is there afterwards.
"""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.support.booking_office import Office, order_of
from tests.support.course_client import passes
from tests.support.fleet import eventually

UIDS = range(1000, 9000)
BUYERS = 4
STUDENTS = 2
ENOUGH = 15
"""So many things of each application must have been acknowledged before and after each step."""
HOLD_EVERY = 30
"""Such an order of a buyer is only held: all have one token, and its unpaid holds are limited."""
PAUSE_S = 0.2
"""Between two orders of a buyer: the load is steady, and the flight is not sold out."""
WITHIN_S = 120.0


@dataclass(frozen=True)
class Done:
    """Something that a client did: asked at one moment, acknowledged at another."""

    what: str
    asked_at: float
    told_at: float


@dataclass
class Load:
    """Students and buyers on a running fleet, from entering the block to leaving it.

    `patient`: students whose test fails try again; buyers always do.
    """

    office: Office
    patient: bool = False
    passed: list[Done] = field(default_factory=list)
    ordered: list[Done] = field(default_factory=list)
    broken: list[BaseException] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        share = len(UIDS) // STUDENTS
        works = [
            lambda part=UIDS[n * share : (n + 1) * share]: self._study(part)
            for n in range(STUDENTS)
        ]
        for work in (*works, lambda: asyncio.run(self._buy_all())):
            thread = threading.Thread(target=self._guarded, args=(work,))
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(60)

    def goes_on(self) -> None:
        """Return when so much more of both was acknowledged."""
        passed, ordered = len(self.passed), len(self.ordered)

        def is_more() -> bool:
            assert not self.broken, self.broken
            return min(len(self.passed) - passed, len(self.ordered) - ordered) >= ENOUGH

        eventually(is_more, WITHIN_S, f"more than {passed} passed and {ordered} ordered")

    def _guarded(self, work: Any) -> None:
        try:
            work()
        except BaseException as error:  # told by the test's own thread
            self.broken.append(error)

    def _study(self, uids: range) -> None:
        for uid in uids:
            if self._end.is_set():
                return
            asked = time.time()
            while not self._passes(uid):
                if self._end.is_set():
                    return
            self.passed.append(Done(str(uid), asked, time.time()))

    def _passes(self, uid: int) -> bool:
        try:
            passes(self.office.fleet, uid)
        except (AssertionError, OSError):
            if not self.patient:
                raise
            time.sleep(PAUSE_S)
            return False
        return True

    async def _buy_all(self) -> None:
        async with self.office.client() as client:

            async def buy(buyer: int) -> None:
                offers: list[dict[str, Any]] = []
                bought = 0
                while not self._end.is_set():
                    offers = offers or await self.office.offers(client, 20, [("FRA", "LHR")])
                    bought += 1
                    body = order_of(offers.pop(), hold=bought % HOLD_EVERY == 0)
                    asked = time.time()
                    answer = await self.office.ask(
                        client, "/air/orders", body, f"key-{buyer}-{bought}"
                    )
                    assert answer.status_code == 201, answer.text
                    done = Done(answer.json()["data"]["id"], asked, time.time())
                    self.ordered.append(done)
                    await asyncio.sleep(PAUSE_S)

            await asyncio.gather(*map(buy, range(BUYERS)))


async def orders_of(office: Office) -> set[str]:
    """The ids of all orders there are."""
    found: set[str] = set()
    after: dict[str, str] = {}
    async with office.client() as client:
        while True:
            answer = await client.get("/air/orders", params={"limit": "200", **after})
            page = answer.json()
            found |= {order["id"] for order in page["data"]}
            if page["meta"]["after"] is None:
                return found
            after = {"after": page["meta"]["after"]}


def passed_uids(office: Office) -> set[str]:
    """The students whose test the results say is passed."""
    cells = office.fleet.cells().items()
    return {str(uid) for (uid, _), cell in cells if cell["standing"] == "passed"}


async def is_green(office: Office) -> bool:
    """Whether the auditor of flights finds nothing."""
    async with office.client() as client:
        report = await office.audit(client)
        assert report["assertions"], "an auditor that checks nothing is no auditor"
        return bool(report["ok"])
