"""A class of students with attempts that were really played, on virtual time, into a memory store.

The same numbers always give the same class. Clients are small functions: what they were sent, in;
what they answer and after how long, out.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from holdfast.grading.domain.attempt import (
    AttemptId,
    ClosedAttempt,
    Incident,
    OpenedAttempt,
    TestId,
    ToldRow,
)
from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import (
    Answered,
    Ask,
    Brief,
    Event,
    Outcome,
    Received,
    Send,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.live_row import told_row, trigger_entry
from holdfast.grading.domain.roster import Source, User, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.transcript import SILENT, Transcript, encode
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.ports import Change
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.codec import Frame
from holdfast.grading.wire.course import COURSE, Chat

Client = Callable[[bytes], Iterable[tuple[float, bytes]]]
"""What it is sent -> (seconds until, bytes of) each answer."""

BEGIN = datetime(2025, 11, 20, 9, 15, tzinfo=UTC)
SOURCE = Source("192.0.2.17", 50312)
MAX_STEPS = 20_000

NAMES = (
    "Ada Lovelace",
    "Alan Turing",
    "Barbara Liskov",
    "Claude Shannon",
    "Donald Knuth",
    "Edsger Dijkstra",
    "Frances Allen",
    "Grace Hopper",
    "Hedy Lamarr",
    "Ivan Sutherland",
    "Jean Bartik",
    "José Mañana",
    "Karen Spärck Jones",
    "Leslie Lamport",
    "Margaret Hamilton",
    "Niklaus Wirth",
    "Radia Perlman",
    "Robin Milner",
    "Sophie Wilson",
    "Tony Hoare",
    "Tu Youyou",
    "Vint Cerf",
    "Whitfield Diffie",
    "Zhang Xiaolin",
)


@dataclass(slots=True)
class Clock:
    """Both times stand still until told otherwise."""

    now: datetime = BEGIN + timedelta(hours=2)
    ticks_s: float = 0.0

    def wall(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        self.ticks_s += 1.0  # every answer of the pages is asked for anew
        return self.ticks_s


@dataclass(frozen=True, slots=True)
class Played:
    """An attempt that has ended."""

    outcome: Outcome
    transcript: Transcript
    took_s: float


def echo(raw: bytes) -> Iterable[tuple[float, bytes]]:
    """Returns every chat as it is."""
    return [(0.04, raw)] if _chat(raw) else []


def shouting(raw: bytes) -> Iterable[tuple[float, bytes]]:
    """Returns every chat with its last word in capitals."""
    chat = _chat(raw)
    if chat is None:
        return []
    head, _, tail = chat.text.rpartition(" ")
    return [(0.05, COURSE.encode(Chat(chat.recipient, f"{head} {tail.upper()}")))]


def raw_text(raw: bytes) -> Iterable[tuple[float, bytes]]:
    """Returns the text without a frame, as a line."""
    chat = _chat(raw)
    return [(0.06, chat.text.encode() + b"\n")] if chat else []


def silent(raw: bytes) -> Iterable[tuple[float, bytes]]:
    """Never answers."""
    return []


def _chat(raw: bytes) -> Chat | None:
    decoded = COURSE.decode_datagram(raw)
    if isinstance(decoded, Frame) and isinstance(decoded.message, Chat):
        return decoded.message
    return None


@dataclass(slots=True)
class _Play:
    engine: Engine
    client: Client
    lease: Lease | None
    now: float = 0.0
    due: list[tuple[float, Event]] = field(default_factory=list)


def play(
    scenario: Scenario,
    uid: int,
    client: Client,
    *,
    seed: str = "seed",
    rules: Rules | None = None,
    trigger: Chat | None = None,
) -> Played:
    """Play a scenario against a client to its end, in no time."""
    assert scenario.trigger is not None
    recipient = uid if scenario.trigger.recipient is None else scenario.trigger.recipient
    started = trigger or Chat(recipient, scenario.trigger.text)
    brief = Brief(
        test=scenario.id,
        uid=UserId(uid),
        seed=seed,
        rules=rules or Rules(time_scale=0.01),
        trigger=COURSE.encode(started),
    )
    lease = Lease(UserId(uid), SOURCE, 3.0, 1.0, 2.0, 1)
    play = _Play(Engine(scenario, brief), client, lease)
    reaction = play.engine.start()
    for _ in range(MAX_STEPS):
        for action in reaction.actions:
            _perform(play, action)
        if reaction.outcome is not None:
            return Played(reaction.outcome, play.engine.transcript(), play.now)
        wake_at = reaction.wake_at if reaction.wake_at is not None else play.now + 60
        play.due.sort(key=lambda entry: entry[0])
        if play.due and play.due[0][0] <= wake_at:
            play.now, event = play.due.pop(0)
        else:
            play.now, event = wake_at, Tick()
        reaction = play.engine.receive(event, play.now)
    raise AssertionError("the scenario never ends")


def _perform(play: _Play, action: object) -> None:
    match action:
        case Send(peer=peer, raw=raw):
            for after_s, answer in play.client(raw):
                decoded = COURSE.decode_datagram(answer)
                event: Event
                if isinstance(decoded, Frame):
                    event = Received(peer, decoded, decoded.suspicion)
                else:
                    event = Undecodable(peer, answer, decoded.failure.describe())
                play.due.append((play.now + after_s, event))
        case Ask(id=ask):
            play.due.append((play.now, Answered(ask, play.lease)))
        case _:
            pass


def students(count: int = len(NAMES)) -> list[User]:
    """So many students, the first ones with real names."""
    names = [*NAMES, *(f"Student {number:03}" for number in range(len(NAMES), count))]
    return [User(UserId(1000 + 37 * at), name) for at, name in enumerate(names[:count])]


def attempt_id(number: int) -> AttemptId:
    """A stable id."""
    return AttemptId(f"{random.Random(number).getrandbits(128):032x}")


def opened(number: int, uid: int, test: TestId, started_at: datetime) -> OpenedAttempt:
    """The opening of an attempt."""
    return OpenedAttempt(
        id=attempt_id(number),
        uid=UserId(uid),
        test=test,
        seed=f"seed-{number}",
        source=SOURCE,
        node=f"node-{number % 3 + 1}",
        incarnation="1",
        started_at=started_at,
    )


def closed(begun: OpenedAttempt, played: Played) -> ClosedAttempt:
    """A played attempt as a node hands it in."""
    return ClosedAttempt(
        opened=begun,
        ended_at=begun.started_at + timedelta(seconds=played.took_s),
        verdict=played.outcome.verdict,
        reason=played.outcome.reason,
        checks=played.outcome.checks,
        transcript=encode(played.transcript),
        teacher_note=played.outcome.teacher_note,
    )


def rows_of(transcript: Transcript) -> list[ToldRow]:
    """The lines of a conversation as a node tells them while it goes on."""
    told = [trigger_entry(bytes.fromhex(transcript.trigger), "client"), *transcript.entries]
    seen = [(at - 1, entry) for at, entry in enumerate(told) if entry.kind not in SILENT]
    return [told_row(at, place, entry) for place, (at, entry) in enumerate(seen)]


async def seeded_store(
    catalogue: Mapping[TestId, Scenario],
    clock: Clock,
    *,
    count: int = len(NAMES),
    publish: Callable[[Iterable[Change]], None] = lambda _: None,
) -> MemoryStore:
    """A store with a class in the middle of its term: some done, some stuck, some away."""
    store = MemoryStore(clock.wall, publish=publish)
    people = students(count)
    await store.import_roster(people)
    dice = random.Random(7)
    pool = _pool(catalogue)
    number = 0
    for at, user in enumerate(people):
        diligence = 0.0 if at % 9 == 8 else dice.uniform(0.35, 1.0)
        for test in pool:
            if dice.random() > diligence:
                continue
            for played in _tries(pool[test], dice, diligence):
                number += 1
                started = BEGIN + timedelta(seconds=dice.randint(0, 7000))
                begun = opened(number, user.uid, test, started)
                await store.open_attempt(begun)
                if played is not None:
                    await store.close_attempt(closed(begun, played))
    await store.report_incident(_incident(people[0].uid))
    return store


def _pool(catalogue: Mapping[TestId, Scenario]) -> dict[TestId, list[Played]]:
    """A few played attempts for each test, to be handed out to many students: played once."""
    known = frozenset(catalogue)
    if known not in _POOLS:
        _POOLS[known] = _played_pool(catalogue)
    return _POOLS[known]


_POOLS: dict[frozenset[TestId], dict[TestId, list[Played]]] = {}


def _played_pool(catalogue: Mapping[TestId, Scenario]) -> dict[TestId, list[Played]]:
    return {
        test: [play(scenario, 1000, client) for client in (echo, shouting, raw_text, silent)]
        for test, scenario in catalogue.items()
        if scenario.trigger is not None
    }


def _tries(played: list[Played], dice: random.Random, diligence: float) -> Iterable[Played | None]:
    """Some failures, perhaps a pass in the end, rarely one that still runs."""
    good = [one for one in played if one.outcome.verdict is Verdict.PASS]
    bad = [one for one in played if one.outcome.verdict is not Verdict.PASS] or played
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 5))):
        yield dice.choice(bad)
    if dice.random() < diligence and good:
        yield dice.choice(good)
    elif dice.random() < 0.12:
        yield None


def _incident(uid: UserId) -> Incident:
    raw = (1).to_bytes(4, "little") + (1234).to_bytes(4, "little") + b"\x09\x00localhost"
    decoded = COURSE.decode_one(raw)
    assert not isinstance(decoded, Frame)
    return Incident(
        happened_at=BEGIN + timedelta(minutes=3),
        kind="garbled bytes",
        detail=decoded.failure.describe(),
        source=SOURCE,
        node="node-2",
        listener_port=4444,
        uid=uid,
        raw=raw,
    )
