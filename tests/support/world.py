"""A world in one process: nodes with real sessions, one store, clients, on a virtual clock.

Everything is the shipped code but the sockets: `Session` machines, engines, the memory store. A
client's TCP connections go to the nodes in turn, a UDP flow stays with its node.
"""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TypeVar

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.roster import Source, User, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.service.ledger_calls import perform
from holdfast.grading.service.ports import AttemptRecord
from holdfast.grading.service.session import Session
from holdfast.grading.service.session_exchange import (
    Answer,
    Ask,
    AskOutcome,
    BytesIn,
    CloseTransport,
    Command,
    DatagramIn,
    Eof,
    Gone,
    PauseReading,
    ResumeReading,
    SendBytes,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_place import Channel, Place
from holdfast.grading.store.memory import MemoryStore
from tests.support.virtual import QUICK, UID, Agenda, Network, Pipe, VirtualClient

T = TypeVar("T")

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
ASK_S = 0.003
"""How long the store takes for an answer."""


def now_or_never(work: Coroutine[object, object, T]) -> T:
    """The result of a coroutine that never waits, as those of the memory store."""
    try:
        work.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("the memory store waited for something")


@dataclass(eq=False)
class _Hosted:
    session: Session
    tick_at: float | None = None


class World:
    """Implements `virtual.Server`. Make clients with `client`, then `run`."""

    def __init__(self, *, rules: Rules = QUICK, nodes: int = 2, users: int = 20) -> None:
        self.rules = rules
        self.agenda = Agenda()
        self.store = MemoryStore(
            self._wall, CoursePolicy.of(rules, course="course", identity="open")
        )
        roster = [User(UserId(UID + n), f"student {n}") for n in range(users)]
        now_or_never(self.store.import_roster(roster))
        ids = count(1)
        self._places = [
            Place(
                node=f"node-{n}",
                incarnation=f"incarnation-{n}",
                catalogue=CATALOGUE,
                rules=rules,
                secret=b"secret",
                new_id=lambda: f"{next(ids):032x}",
                wall=lambda now: EPOCH + timedelta(seconds=now),
            )
            for n in range(nodes)
        ]
        self._turn = 0
        self._hosted: dict[Pipe, _Hosted] = {}
        self.clients: list[VirtualClient] = []
        self.is_store_away = False

    def client(
        self,
        player: Scenario,
        *,
        uid: UserId = UID,
        network: Network | None = None,
        seed: str = "client",
        at_s: float = 0.0,
    ) -> VirtualClient:
        """A client that begins to play at this time."""
        client = VirtualClient(
            player,
            self,
            self.agenda,
            uid=uid,
            rules=self.rules,
            network=network,
            seed=seed,
        )
        self.clients.append(client)
        self.agenda.at(at_s, client.start)
        return client

    def run(self, until_s: float | None = None) -> None:
        """Go on until all clients are done and all attempts closed, or until then."""
        self.agenda.run(lambda: self._is_quiet() or self._is_past(until_s))

    def attempts(self, uid: UserId = UID) -> list[AttemptRecord]:
        """The student's attempts with transcripts, oldest first."""
        found = now_or_never(self.store.attempts(uid, 100))
        records = [now_or_never(self.store.attempt(each.id)) for each in reversed(found)]
        return [record for record in records if record is not None]

    def take(self, pipe: Pipe, raw: bytes) -> None:
        """See `virtual.Server`."""
        self._tell(pipe, DatagramIn(raw) if pipe.is_udp else BytesIn(raw))

    def hung_up(self, pipe: Pipe) -> None:
        """See `virtual.Server`."""
        self._tell(pipe, Eof())

    def _wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.agenda.now)

    def _is_past(self, until_s: float | None) -> bool:
        return until_s is not None and self.agenda.now >= until_s

    def _is_quiet(self) -> bool:
        done = all(client.outcome is not None for client in self.clients)
        return (
            done
            and not any(hosted.session.running for hosted in self._hosted.values())
            and (all(record.summary.verdict is not None for record in self.attempts()))
        )

    def _host(self, pipe: Pipe) -> _Hosted:
        hosted = self._hosted.get(pipe)
        if hosted is None:
            place = self._places[self._turn % len(self._places)]
            self._turn += 1
            source = Source(f"192.0.2.{1 + pipe.client.uid % 250}", 40_000 + pipe.number)
            channel = Channel("udp" if pipe.is_udp else "tcp", source, pipe.port)
            hosted = self._hosted[pipe] = _Hosted(Session(place, channel, self.agenda.now))
        return hosted

    def _tell(self, pipe: Pipe, event: SessionEvent) -> None:
        hosted = self._host(pipe)
        for command in hosted.session.receive(event, self.agenda.now):
            self._perform(pipe, command)
        self._plan_tick(pipe, hosted)

    def _plan_tick(self, pipe: Pipe, hosted: _Hosted) -> None:
        due_at = hosted.session.next_deadline()
        if due_at is not None and (hosted.tick_at is None or due_at < hosted.tick_at):
            hosted.tick_at = due_at
            self.agenda.at(due_at, partial(self._tick, pipe, hosted, due_at))

    def _tick(self, pipe: Pipe, hosted: _Hosted, due_at: float) -> None:
        if hosted.tick_at == due_at:
            hosted.tick_at = None
            self._tell(pipe, Tick())

    def _perform(self, pipe: Pipe, command: Command) -> None:
        match command:
            case SendBytes(raw=raw):
                pipe.client.down(pipe, raw)
            case CloseTransport():
                pipe.client.shut(pipe)
                self.agenda.at(self.agenda.now, partial(self._tell, pipe, Gone()))
            case Ask():
                self.agenda.at(self.agenda.now + ASK_S, partial(self._answer, pipe, command))
            case PauseReading() | ResumeReading():
                pass

    def _answer(self, pipe: Pipe, ask: Ask) -> None:
        outcome: AskOutcome = IndefiniteError("the store is away")
        if not self.is_store_away:
            try:
                outcome = now_or_never(perform(self.store, ask.call))
            except (DefiniteError, IndefiniteError) as error:
                outcome = error
        self._tell(pipe, Answer(ask.id, outcome))
