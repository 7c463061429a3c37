"""The driver performs what a session wants; a session that fails disturbs nobody."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.roster import Source, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints.node_driver import Driver, House
from holdfast.grading.entrypoints.node_settings import NodeLimits
from holdfast.grading.service.ledger_calls import LeaseOf
from holdfast.grading.service.session_exchange import (
    Answer,
    Ask,
    BytesIn,
    Command,
    DatagramIn,
    Gone,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_place import Channel, Place, SessionLimits
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.course import COURSE, Chat, Register, Registered
from tests.support.eventually import eventually

CHANNEL = Channel("tcp", Source("192.0.2.7", 40_000), 8080)
HELLO = COURSE.encode(Register(1234, "localhost", 4444))


@dataclass
class FakeLine:
    """Remembers what it was told; `unread` is told when it catches up."""

    sent: list[bytes] = field(default_factory=list)
    pauses: list[bool] = field(default_factory=list)
    notes: list[bytes] = field(default_factory=list)
    closed: int = 0
    overs: int = 0
    unread: Callable[[], None] = lambda: None

    def send(self, raw: bytes) -> None:
        self.sent.append(raw)

    def close(self) -> None:
        self.closed += 1

    def pause(self, paused: bool) -> None:
        self.pauses.append(paused)

    def over(self) -> None:
        self.overs += 1

    def note(self, note: bytes) -> None:
        self.notes.append(note)

    def rest(self) -> None:
        pass

    def catch_up(self) -> None:
        self.unread()

    def flush(self) -> None:
        pass


def house_of(ledger: MemoryStore, **limits: float) -> House:
    place = Place(
        "n1",
        "1" * 32,
        CATALOGUE,
        Rules(time_scale=0.01),
        b"secret",
        lambda: "0" * 32,
        lambda _: datetime.now(UTC),
        SessionLimits(idle_s=0.05),
    )
    bounds = NodeLimits(**limits)  # type: ignore[arg-type]
    return House(place, ledger, bounds, asyncio.get_running_loop())


async def test_commands_are_performed_and_answers_come_back(ledger: MemoryStore) -> None:
    line = FakeLine()
    driver = Driver(house_of(ledger), CHANNEL, line)
    driver.tell(BytesIn(HELLO))
    await eventually(lambda: bool(line.sent))
    assert line.sent == [COURSE.encode(Registered())]


async def test_a_deadline_comes_by_itself(ledger: MemoryStore) -> None:
    line = FakeLine()
    house = house_of(ledger)
    driver = Driver(house, CHANNEL, line)
    await eventually(lambda: line.closed == 1)
    driver.tell(Gone())
    assert driver.is_over
    assert (line.overs, house.drivers, house.sources) == (1, set(), {})
    driver.tell(BytesIn(b"nobody listens any more"))
    driver.drop()
    assert line.overs == 1


async def test_what_has_come_is_told_before_the_time_and_the_answers_of_the_store(
    ledger: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = FakeLine()
    driver = Driver(house_of(ledger), Channel("udp", Source("192.0.2.7", 1), 7007), line)
    told: list[SessionEvent] = []
    receive = driver.session.receive

    def noted(event: SessionEvent, now: float) -> list[Command]:
        told.append(event)
        return receive(event, now)

    monkeypatch.setattr(driver.session, "receive", noted)
    hello = DatagramIn(COURSE.encode(Chat(1234, "hello")), 0.5)
    late = DatagramIn(COURSE.encode(Chat(1234, "late")), 0.25)
    line.unread = lambda: driver.tell(late)
    driver._wake()
    assert told == [late, Tick()]
    told.clear()
    driver.tell(hello)
    assert told == [hello]
    await driver._ask(Ask(1, LeaseOf(UserId(1234))))
    assert told[:2] == [hello, late]
    assert isinstance(told[2], Answer)
    driver.drop()


async def test_a_flood_pauses_its_reading_and_resumes_it(ledger: MemoryStore) -> None:
    line = FakeLine()
    driver = Driver(house_of(ledger), CHANNEL, line)
    driver.tell(BytesIn(HELLO + COURSE.encode(Chat(1234, "hello")) * 1000))
    await eventually(lambda: len(line.sent) == 1001)
    assert line.pauses == [True, False]


async def test_a_session_that_raises_is_dropped_alone(
    ledger: MemoryStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = house_of(ledger)
    broken, sound = FakeLine(), FakeLine()
    driver, other = Driver(house, CHANNEL, broken), Driver(house, CHANNEL, sound)

    def fail(event: object, now: float) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(driver.session, "receive", fail)
    driver.tell(BytesIn(HELLO))
    assert driver.is_over
    assert broken.closed == 1
    assert "session_failed" in caplog.text
    other.tell(BytesIn(HELLO))
    await eventually(lambda: bool(sound.sent))


@pytest.mark.parametrize(
    ("raised", "kind", "says"),
    [
        (DefiniteError("no"), DefiniteError, "no"),
        (IndefiniteError("perhaps"), IndefiniteError, "perhaps"),
        (ZeroDivisionError(), IndefiniteError, "the store failed: ZeroDivisionError"),
    ],
)
async def test_every_question_gets_an_answer(
    ledger: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    kind: type[Exception],
    says: str,
) -> None:
    async def fail(uid: int) -> None:
        raise raised

    monkeypatch.setattr(ledger, "lease_of", fail)
    outcome = await house_of(ledger).outcome_of(Ask(1, LeaseOf(1234)))
    assert isinstance(outcome, kind)
    assert str(outcome) == says


async def test_a_question_is_not_waited_for_for_ever(
    ledger: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(uid: int) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ledger, "lease_of", hang)
    outcome = await house_of(ledger, ask_s=0.01).outcome_of(Ask(1, LeaseOf(1234)))
    assert isinstance(outcome, IndefiniteError)
    assert "no answer within 0.01 s" in str(outcome)


async def test_sessions_are_bounded_per_node_and_per_source(ledger: MemoryStore) -> None:
    house = house_of(ledger, sessions=3, sessions_per_source=2, flows=1, flows_per_source=1)
    other = Channel("tcp", Source("192.0.2.8", 1), 8080)
    flow = Channel("udp", Source("192.0.2.7", 1), 5005)
    first = Driver(house, CHANNEL, FakeLine())
    Driver(house, CHANNEL, FakeLine())
    assert house.refusal(CHANNEL) == "crowd"
    assert house.refusal(other) is None
    Driver(house, other, FakeLine())
    assert house.refusal(other) == "full"
    assert house.refusal(flow) is None
    Driver(house, flow, FakeLine())
    assert house.refusal(flow) == "full"
    first.drop()
    assert house.refusal(CHANNEL) is None
    for driver in tuple(house.drivers):
        driver.drop()
