"""The stores' rules without a database: all doors of grading in one process's memory.

It ships as code: tests use it as their fake, and a practice server may run on it. Each method is
one step without an await inside, so it is atomic; the contract suite holds it to PostgreSQL's ways.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from holdfast.grading.domain.attempt import (
    AttemptId,
    ClosedAttempt,
    Incident,
    NodeBeat,
    OpenedAttempt,
    Receipt,
    TestId,
    ToldRow,
)
from holdfast.grading.domain.lease import Granted, Lease, Registration, RegistrationAnswer, TooSoon
from holdfast.grading.domain.live_row import live_rows
from holdfast.grading.domain.roster import (
    Identification,
    Known,
    NotClaimed,
    Source,
    UnknownUser,
    User,
    UserId,
)
from holdfast.grading.domain.standings import BestResult, Cell, Row, standing
from holdfast.grading.domain.verdict import Check, Verdict
from holdfast.grading.service.course_policy import (
    ANSWER_MEMORY_S,
    LEASES_FROM_LIMIT,
    MAX_CLAIMS_PER_STUDENT,
    MAX_INCIDENTS,
    NODE_MEMORY_S,
    REAPED_REASON,
    CoursePolicy,
)
from holdfast.grading.service.ports import (
    AttemptRecord,
    AttemptSummary,
    Change,
    Claim,
    ImportReport,
    Refused,
    Spoke,
)
from holdfast.grading.service.storable import storable_attempt, storable_incident
from holdfast.grading.service.watch_changes import Missed, News


@dataclass(slots=True)
class _Attempt:
    opened: OpenedAttempt
    opened_at: datetime
    closed: ClosedAttempt | None = None
    closed_at: datetime | None = None
    checks: tuple[Check, ...] = ()
    is_provisional: bool = False
    rows: dict[int, ToldRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Grant:
    source: Source
    chain_started_at: datetime
    granted_at: datetime
    expires_at: datetime
    renewals: int


class MemoryStore:
    """`Ledger`, `Results`, `Claims` and `Upkeep` over dictionaries. `now` is the store's clock."""

    def __init__(
        self,
        now: Callable[[], datetime],
        policy: CoursePolicy | None = None,
        publish: Callable[[Iterable[News]], None] = lambda _: None,
    ) -> None:
        self._now = now
        self._policy = policy or CoursePolicy()
        self._publish = publish
        self._users: dict[int, User] = {}
        self._leases: dict[int, _Grant] = {}
        self._answers: dict[str, tuple[datetime, RegistrationAnswer]] = {}
        self._attempts: dict[str, _Attempt] = {}
        self._best: dict[tuple[int, str], BestResult] = {}
        self._incidents: deque[Incident] = deque(maxlen=MAX_INCIDENTS)
        self._beats: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._claims: dict[int, dict[str, datetime]] = defaultdict(dict)
        self.practice_since: datetime | None = None
        """Since when nothing counts; see `Coursework.set_practice`."""

    # Ledger

    async def identify(self, uid: int, source: Source) -> Identification:
        """See `Ledger.identify`."""
        return self._identify(uid, source)

    async def register(self, registration: Registration) -> RegistrationAnswer:
        """See `Ledger.register`."""
        if first := self._answers.get(registration.request_id):
            return first[1]
        who = self._identify(registration.uid, registration.source)
        if not isinstance(who, Known):
            return who
        answer = self._grant(registration)
        self._answers[registration.request_id] = (self._now(), answer)
        return answer

    async def lease_of(self, uid: UserId) -> Lease | None:
        """See `Ledger.lease_of`."""
        grant = self._leases.get(uid)
        return self._lease(uid, grant) if grant else None

    async def leases_from(self, host: str) -> Sequence[Lease]:
        """See `Ledger.leases_from`."""
        leases = [
            self._lease(UserId(uid), grant)
            for uid, grant in self._leases.items()
            if grant.source.host == host
        ]
        active = [lease for lease in leases if lease.is_active]
        return tuple(sorted(active, key=lambda lease: lease.granted_s_ago)[:LEASES_FROM_LIMIT])

    async def open_attempt(self, opened: OpenedAttempt) -> None:
        """See `Ledger.open_attempt`. `Refused` if nobody has the id."""
        self._refuse_unknown(opened.uid)
        held = self._attempts.get(opened.id)
        is_held = held is not None and (held.closed is None or held.is_provisional)
        if held is None or (is_held and held.opened.moves < opened.moves):
            rows = held.rows if held else {}
            opened = replace(opened, is_practice=self._is_practice(opened))
            self._attempts[opened.id] = _Attempt(opened, self._now(), rows=rows)
            self._publish([Change(opened.id, opened.uid, opened.test, None)])

    async def close_attempt(self, closed: ClosedAttempt) -> Receipt:
        """See `Ledger.close_attempt`. `Refused` if nobody has the id."""
        closed = storable_attempt(closed)
        opened = closed.opened
        self._refuse_unknown(opened.uid)
        held = self._attempts.setdefault(opened.id, _Attempt(opened, self._now()))
        opened = replace(opened, is_practice=held.opened.is_practice)
        closed = replace(closed, opened=opened)
        is_its_own = held.opened.moves <= opened.moves
        if (held.closed is None or held.is_provisional) and is_its_own:
            held.opened = opened
            held.closed, held.is_provisional = closed, False
            held.closed_at = self._now()
            held.rows.clear()
            self._keep_best(closed)
            self._publish([Change(opened.id, opened.uid, opened.test, closed.verdict)])
        if held.closed is None:
            raise Refused(f"{opened.id} goes on at another node")
        best = self._best.get((held.opened.uid, held.opened.test))
        return Receipt(
            opened.id, held.closed.verdict, best is not None and best.attempt == opened.id
        )

    async def report_incident(self, incident: Incident) -> None:
        """See `Ledger.report_incident`."""
        self._incidents.append(storable_incident(incident))

    async def beat(self, beat: NodeBeat) -> None:
        """See `Ledger.beat`."""
        self._beats[beat.node, beat.incarnation] = (self._now(), beat.running)
        for one in beat.progress:
            held = self._attempts.get(one.attempt)
            is_its_own = held is not None and held.opened.incarnation == beat.incarnation
            if held is None or not is_its_own or held.closed is not None:
                continue
            if one.checks:
                held.checks = one.checks
                self._publish([Change(one.attempt, held.opened.uid, held.opened.test, None)])
            if one.rows:
                told = held.rows | {row.number: row for row in one.rows}
                held.rows = {n: row for n, row in told.items() if n < one.entries}
                self._publish([Spoke(one.attempt, held.opened.uid)])

    async def practice(self) -> bool:
        """See `Ledger.practice`."""
        return self.practice_since is not None

    # Results

    async def users(self) -> Sequence[User]:
        """See `Results.users`."""
        return tuple(self._users[uid] for uid in sorted(self._users))

    async def user(self, uid: int) -> User | None:
        """See `Results.user`."""
        return self._users.get(uid)

    async def online(self) -> Sequence[User]:
        """See `Results.online`."""
        now = self._now()
        there = {uid for uid, grant in self._leases.items() if grant.expires_at > now}
        there |= {held.opened.uid for held in self._attempts.values() if held.closed is None}
        return tuple(self._users[uid] for uid in sorted(there))

    async def best_results(self, uid: int | None = None) -> Sequence[BestResult]:
        """See `Results.best_results`."""
        return tuple(self._best[key] for key in sorted(self._best) if uid is None or key[0] == uid)

    async def standings(self, uids: Collection[int] | None = None) -> Sequence[Row]:
        """See `Results.standings`."""
        grouped: dict[tuple[int, str], list[_Attempt]] = defaultdict(list)
        for held in self._attempts.values():
            grouped[held.opened.uid, held.opened.test].append(held)
        cells: dict[int, list[Cell]] = defaultdict(list)
        for (uid, test), tries in sorted(grouped.items()):
            cells[uid].append(self._cell(UserId(uid), TestId(test), tries))
        users = [user for user in await self.users() if uids is None or user.uid in uids]
        return tuple(Row(user, tuple(cells[user.uid])) for user in users)

    async def attempts(
        self, uid: int, limit: int, before: AttemptId | None = None
    ) -> Sequence[AttemptSummary]:
        """See `Results.attempts`. An unknown `before` has nothing older than it."""
        tries = [held for held in self._attempts.values() if held.opened.uid == uid]
        if before is not None:
            edge = self._attempts.get(before)
            tries = [held for held in tries if edge and _age(held) < _age(edge)]
        newest = sorted(tries, key=_age, reverse=True)[:limit]
        return tuple(_summary(held) for held in newest)

    async def attempt(self, attempt: str) -> AttemptRecord | None:
        """See `Results.attempt`."""
        held = self._attempts.get(attempt)
        if held is None:
            return None
        transcript = held.closed.transcript if held.closed else b""
        note = held.closed.teacher_note if held.closed else ""
        rows = () if transcript else live_rows(held.rows.values())
        return AttemptRecord(_summary(held), held.opened.seed, transcript, note, rows)

    async def incidents(self, uid: int | None, limit: int) -> Sequence[Incident]:
        """See `Results.incidents`."""
        found = [one for one in reversed(self._incidents) if uid is None or one.uid == uid]
        return tuple(found[:limit])

    async def import_roster(self, users: Sequence[User]) -> ImportReport:
        """See `Results.import_roster`."""
        added = sum(user.uid not in self._users for user in users)
        unchanged = sum(self._users.get(user.uid) == user for user in users)
        self._users.update({user.uid: user for user in users})
        self._publish([Missed()])
        return ImportReport(added, len(users) - added - unchanged, unchanged)

    def forget(self, uids: Collection[UserId]) -> tuple[UserId, ...]:
        """Take those students away who have no attempt, with all that is theirs; who is gone."""
        busy = {held.opened.uid for held in self._attempts.values()}
        gone = tuple(uid for uid in sorted(uids) if uid in self._users and uid not in busy)
        for uid in gone:
            del self._users[uid]
            self._leases.pop(uid, None)
            self._claims.pop(uid, None)
        return gone

    def closed_at(self, attempt: AttemptId) -> datetime | None:
        """When a node's verdict came, by the store's clock."""
        return self._attempts[attempt].closed_at

    @property
    def beats(self) -> dict[tuple[str, str], tuple[datetime, int]]:
        """When each incarnation of each node was last heard of, and what it then ran."""
        return dict(self._beats)

    def now(self) -> datetime:
        """The store's clock."""
        return self._now()

    # Claims

    async def claim(self, claim: Claim, for_s: float) -> datetime | None:
        """See `Claims.claim`."""
        if claim.uid not in self._users:
            return None
        until = self._now() + timedelta(seconds=for_s)
        held = self._claims[claim.uid]
        held.pop(claim.host, None)
        held[claim.host] = until
        while len(held) > MAX_CLAIMS_PER_STUDENT:
            del held[next(iter(held))]
        return until

    async def claims_of(self, uid: UserId) -> Sequence[tuple[str, datetime]]:
        """See `Claims.claims_of`."""
        now = self._now()
        held = self._claims.get(uid, {})
        return tuple((host, until) for host, until in reversed(held.items()) if until > now)

    # Upkeep

    async def reap(self, silence_s: float) -> int:
        """See `Upkeep.reap`."""
        edge = self._now() - timedelta(seconds=silence_s)
        lost = [
            held
            for held in self._attempts.values()
            if held.closed is None and self._last_sign(held) < edge
        ]
        for held in lost:
            held.closed = ClosedAttempt(
                held.opened, self._now(), Verdict.INFRASTRUCTURE, REAPED_REASON, (), b""
            )
            held.is_provisional = True
        self._publish(
            Change(held.opened.id, held.opened.uid, held.opened.test, Verdict.INFRASTRUCTURE)
            for held in lost
        )
        return len(lost)

    async def prune(self) -> None:
        """See `Upkeep.prune`."""
        now = self._now()
        old = now - timedelta(seconds=ANSWER_MEMORY_S)
        self._answers = {key: kept for key, kept in self._answers.items() if kept[0] > old}
        silent = now - timedelta(seconds=NODE_MEMORY_S)
        self._beats = {key: beat for key, beat in self._beats.items() if beat[0] > silent}
        for uid, held in list(self._claims.items()):
            self._claims[uid] = {host: until for host, until in held.items() if until > now}

    async def clear_rows(self) -> None:
        """See `Upkeep.clear_rows`. A close has done it; those of lost attempts stay here."""

    async def ping(self) -> None:
        """See `Upkeep.ping`."""

    # how it decides

    def _identify(self, uid: int, source: Source) -> Identification:
        user = self._users.get(uid)
        if user is None:
            return UnknownUser(uid)
        if self._policy.identity == "claimed":
            until = self._claims.get(uid, {}).get(source.host)
            if until is None or until <= self._now():
                return NotClaimed(user.uid)
        return Known(user)

    def _grant(self, registration: Registration) -> Granted | TooSoon:
        now = self._now()
        lease_s, renew_min_s = self._policy.at(self.practice_since is not None)
        held = self._leases.get(registration.uid)
        if held is not None:
            wait_s = renew_min_s - (now - held.granted_at).total_seconds()
            if wait_s > 0:
                return TooSoon(self._lease(registration.uid, held), wait_s)
        expires_at = now + timedelta(seconds=lease_s)
        if held is not None and held.expires_at > now:
            chain, renewals = held.chain_started_at, held.renewals + 1
        else:
            chain, renewals = now, 0
        grant = _Grant(registration.source, chain, now, expires_at, renewals)
        self._leases[registration.uid] = grant
        return Granted(self._lease(registration.uid, grant))

    def _lease(self, uid: UserId, grant: _Grant) -> Lease:
        now = self._now()
        return Lease(
            uid=uid,
            source=grant.source,
            held_for_s=(now - grant.chain_started_at).total_seconds(),
            granted_s_ago=(now - grant.granted_at).total_seconds(),
            expires_in_s=(grant.expires_at - now).total_seconds(),
            renewals=grant.renewals,
        )

    def _is_practice(self, opened: OpenedAttempt) -> bool:
        held = self._attempts.get(opened.id)
        if held is not None:
            return held.opened.is_practice
        return opened.is_practice or self.practice_since is not None

    def _refuse_unknown(self, uid: int) -> None:
        if uid not in self._users:
            raise Refused(f"nobody has the id {uid}")

    def _keep_best(self, closed: ClosedAttempt) -> None:
        opened = closed.opened
        if not closed.verdict.counts or opened.is_practice:
            return
        found = BestResult(
            uid=opened.uid,
            test=opened.test,
            passed=closed.verdict is Verdict.PASS,
            points=closed.points,
            attempt=opened.id,
            reached_at=closed.ended_at,
        )
        held = self._best.get((opened.uid, opened.test))
        if held is None or (found.passed, found.points) > (held.passed, held.points):
            self._best[opened.uid, opened.test] = found

    def _cell(self, uid: UserId, test: TestId, tries: list[_Attempt]) -> Cell:
        best = self._best.get((uid, test))
        running = sum(held.closed is None for held in tries)
        closed = len(tries) - running
        return Cell(
            uid=uid,
            test=test,
            standing=standing(best.passed if best else None, running, closed),
            attempts=closed,
            running=running,
            points=best.points if best else 0,
            attempt=best.attempt if best else max(tries, key=_age).opened.id,
        )

    def _last_sign(self, held: _Attempt) -> datetime:
        beat = self._beats.get((held.opened.node, held.opened.incarnation))
        return max(beat[0], held.opened_at) if beat else held.opened_at


def _age(held: _Attempt) -> tuple[datetime, str]:
    """Sorts attempts by start; the id decides between attempts of one instant."""
    return held.opened.started_at, held.opened.id


def _summary(held: _Attempt) -> AttemptSummary:
    closed = held.closed
    return AttemptSummary(
        id=held.opened.id,
        uid=held.opened.uid,
        test=held.opened.test,
        verdict=closed.verdict if closed else None,
        checks=closed.checks if closed else held.checks,
        reason=closed.reason if closed else "",
        started_at=held.opened.started_at,
        ended_at=closed.ended_at if closed else None,
        node=held.opened.node,
        source=held.opened.source,
        is_practice=held.opened.is_practice,
    )
