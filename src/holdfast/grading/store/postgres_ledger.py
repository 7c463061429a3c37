"""The node's door on PostgreSQL: calls of many sessions become few statements and one commit.

The database's clock decides about leases, its constraints guard results. Every method gathers what
comes at the same time (`batching`), so hundreds of attempts a second cost tens of commits.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from operator import attrgetter

import msgspec

from holdfast.errors import HoldfastError
from holdfast.grading.domain.attempt import (
    AttemptId,
    ClosedAttempt,
    Incident,
    NodeBeat,
    OpenedAttempt,
    Progress,
    Receipt,
)
from holdfast.grading.domain.lease import Granted, Lease, Registration, RegistrationAnswer, TooSoon
from holdfast.grading.domain.roster import (
    MAX_USER_ID,
    Identification,
    Known,
    NotClaimed,
    Source,
    UnknownUser,
    User,
    UserId,
)
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.course_policy import LEASES_FROM_LIMIT, CoursePolicy
from holdfast.grading.service.ports import Change, Refused, Spoke
from holdfast.grading.service.storable import storable_attempt, storable_incident
from holdfast.grading.store.change_notices import CHANNEL, payloads, spoken_payloads
from holdfast.grading.store.statements import SQL
from holdfast.platform.data.batching import Batcher, Refusal
from holdfast.platform.data.database import Calls, Database, Row, Transaction
from holdfast.platform.data.failures import Conflict
from holdfast.platform.runtime.logs import Log

_log = Log("ledger")
_json = msgspec.json.Encoder().encode

Writing = OpenedAttempt | ClosedAttempt
Written = Receipt | None


class PostgresLedger:
    """`Ledger` on a database whose schema `grading` is up to date and knows the course."""

    def __init__(self, database: Database, policy: CoursePolicy) -> None:
        self._database = database
        self._policy = policy
        self._course = policy.course
        self._writes: Batcher[Writing, Written] = Batcher(self._write, refused=_refused)
        self._registers: Batcher[Registration, RegistrationAnswer] = Batcher(
            self._register, refused=_refused
        )
        self._identifies: Batcher[tuple[int, Source], Identification] = Batcher(
            lambda pairs: self._identify(database, pairs), refused=_refused
        )
        self._lease_reads: Batcher[int, Lease | None] = Batcher(self._leases_of, refused=_refused)
        self._reports: Batcher[Incident, None] = Batcher(self._report, refused=_refused, parallel=1)
        self._beats: Batcher[NodeBeat, None] = Batcher(self._beat, refused=_refused, parallel=1)

    async def identify(self, uid: int, source: Source) -> Identification:
        """See `Ledger.identify`."""
        return await self._identifies.ask((uid, source))

    async def register(self, registration: Registration) -> RegistrationAnswer:
        """See `Ledger.register`."""
        return await self._registers.ask(registration)

    async def lease_of(self, uid: UserId) -> Lease | None:
        """See `Ledger.lease_of`."""
        return await self._lease_reads.ask(uid)

    async def leases_from(self, host: str) -> Sequence[Lease]:
        """See `Ledger.leases_from`."""
        rows = await self._database.fetch(SQL.leases_from, self._course, host, LEASES_FROM_LIMIT)
        return tuple(map(_lease, rows))

    async def open_attempt(self, opened: OpenedAttempt) -> None:
        """See `Ledger.open_attempt`. `Refused` if nobody has the id."""
        await self._writes.ask(opened)

    async def close_attempt(self, closed: ClosedAttempt) -> Receipt:
        """See `Ledger.close_attempt`. `Refused` if nobody has the id."""
        receipt = await self._writes.ask(storable_attempt(closed))
        if receipt is None:
            raise Refused(f"{closed.opened.id} is another course's, or goes on at another node")
        return receipt

    async def report_incident(self, incident: Incident) -> None:
        """See `Ledger.report_incident`."""
        await self._reports.ask(storable_incident(incident))

    async def beat(self, beat: NodeBeat) -> None:
        """See `Ledger.beat`."""
        await self._beats.ask(beat)

    async def practice(self) -> bool:
        """See `Ledger.practice`."""
        return await self._database.fetchval(SQL.practice_since, self._course) is not None

    # many at once

    async def _identify(
        self, calls: Calls, pairs: Sequence[tuple[int, Source]]
    ) -> Sequence[Identification]:
        found: list[Identification] = [UnknownUser(uid) for uid, _ in pairs]
        possible = [place for place, (uid, _) in enumerate(pairs) if 0 <= uid <= MAX_USER_ID]
        rows = await calls.fetch(
            SQL.identify,
            self._course,
            [pairs[place][0] for place in possible],
            [pairs[place][1].host for place in possible],
        )
        for row in rows:
            place = possible[row["position"]]
            uid = UserId(pairs[place][0])
            may_act = self._policy.identity != "claimed" or row["is_claimed"]
            found[place] = Known(User(uid, row["name"])) if may_act else NotClaimed(uid)
        return found

    async def _leases_of(self, uids: Sequence[int]) -> Sequence[Lease | None]:
        possible = sorted({uid for uid in uids if 0 <= uid <= MAX_USER_ID})
        rows = await self._database.fetch(SQL.leases_of, self._course, possible)
        leases = {row["uid"]: _lease(row) for row in rows}
        return [leases.get(uid) for uid in uids]

    async def _report(self, incidents: Sequence[Incident]) -> Sequence[None]:
        columns = zip(*map(_incident_row, incidents), strict=True)
        await self._database.execute(SQL.report_incidents, self._course, *map(list, columns))
        return [None] * len(incidents)

    async def _beat(self, beats: Sequence[NodeBeat]) -> Sequence[None]:
        last = {(beat.node, beat.incarnation): beat.running for beat in beats}
        await self._database.execute(
            SQL.beat,
            self._course,
            [node for node, _ in last],
            [incarnation for _, incarnation in last],
            list(last.values()),
        )
        told = {
            one.attempt: (beat.incarnation, _json(one.checks).decode())
            for beat in beats
            for one in beat.progress
            if one.checks
        }
        if told:
            await self._database.transact(lambda work: self._note_progress(work, told))
        talks = [(b.incarnation, one) for b in beats for one in b.progress if one.rows]
        if talks:
            try:
                await self._database.transact(lambda work: self._note_rows(work, talks))
            except HoldfastError as error:  # a beat keeps attempts open; rows do not
                _log.warning("rows_untold", why=str(error))
        return [None] * len(beats)

    async def _note_rows(self, work: Transaction, talks: Sequence[tuple[str, Progress]]) -> None:
        """Lines of conversations. The same line may come in two beats: the later one counts."""
        rows = {
            (one.attempt, incarnation, row.number): row
            for incarnation, one in talks
            for row in one.rows
        }
        ends = {(one.attempt, incarnation): one.entries for incarnation, one in talks}
        found = await work.fetch(
            SQL.note_rows,
            self._course,
            [attempt for attempt, _ in ends],
            [incarnation for _, incarnation in ends],
            list(ends.values()),
            [attempt for attempt, _, _ in rows],
            [incarnation for _, incarnation, _ in rows],
            [row.number for row in rows.values()],
            [row.place for row in rows.values()],
            [row.size for row in rows.values()],
            [row.line for row in rows.values()],
        )
        spoken = [Spoke(AttemptId(row["id"].hex), row["uid"]) for row in found]
        if spoken:
            await work.execute(SQL.notify, CHANNEL, spoken_payloads(self._course, spoken))

    async def _note_progress(
        self, work: Transaction, told: Mapping[AttemptId, tuple[str, str]]
    ) -> None:
        incarnations = [incarnation for incarnation, _ in told.values()]
        checks = [checks for _, checks in told.values()]
        rows = await work.fetch(SQL.note_progress, self._course, list(told), incarnations, checks)
        changes = [Change(AttemptId(row["id"].hex), row["uid"], row["test"], None) for row in rows]
        if changes:
            await work.execute(SQL.notify, CHANNEL, payloads(self._course, changes))

    # registrations

    async def _register(
        self, registrations: Sequence[Registration]
    ) -> Sequence[RegistrationAnswer | HoldfastError]:
        """Each student's requests one after the other, different students' together."""
        answers: dict[str, RegistrationAnswer] = {}
        due = {one.request_id: one for one in registrations}
        while due:
            wave = {one.uid: one for one in reversed(due.values())}
            work = partial(self._register_wave, tuple(wave.values()))
            answers |= await self._database.transact(work)
            due = {key: one for key, one in due.items() if key not in answers}
        return [answers[one.request_id] for one in registrations]

    async def _register_wave(
        self, wave: Sequence[Registration], work: Transaction
    ) -> dict[str, RegistrationAnswer]:
        rows = await work.fetch(
            SQL.remembered_registrations, self._course, [one.request_id for one in wave]
        )
        answers = {row["request_id"]: _answer(row) for row in rows}
        fresh = [one for one in wave if one.request_id not in answers]
        who = await self._identify(work, [(one.uid, one.source) for one in fresh])
        granted: list[Registration] = []
        for one, identity in zip(fresh, who, strict=True):
            if isinstance(identity, Known):
                granted.append(one)
            else:
                answers[one.request_id] = identity
        return answers | await self._grant(work, granted) if granted else answers

    async def _grant(
        self, work: Transaction, registrations: Sequence[Registration]
    ) -> dict[str, RegistrationAnswer]:
        since = await work.fetchval(SQL.practice_since, self._course)
        lease_s, renew_min_s = self._policy.at(since is not None)
        uids = [one.uid for one in registrations]
        request_ids = [one.request_id for one in registrations]
        await work.execute(
            SQL.grant_leases,
            self._course,
            uids,
            [one.source.host for one in registrations],
            [one.source.port for one in registrations],
            request_ids,
            lease_s,
            renew_min_s,
        )
        rows = await work.fetch(
            SQL.answer_registrations, self._course, uids, request_ids, renew_min_s
        )
        if len(rows) != len(registrations):
            raise Conflict("a registration is being answered by another process")
        return {row["request_id"]: _answer(row) for row in rows}

    # attempts

    async def _write(self, writings: Sequence[Writing]) -> Sequence[Written | HoldfastError]:
        return await self._database.transact(lambda work: self._write_all(work, writings))

    async def _write_all(
        self, work: Transaction, writings: Sequence[Writing]
    ) -> Sequence[Written | HoldfastError]:
        """Openings and closings of one batch in one transaction; unknown students are refused."""
        openings = [w if isinstance(w, OpenedAttempt) else w.opened for w in writings]
        uids = sorted({opened.uid for opened in openings})
        rows = await work.fetch(SQL.known_users, self._course, uids)
        known = {row["uid"] for row in rows}
        # The first closing of an attempt counts, and it includes its opening.
        closings = {
            w.opened.id: w
            for w in reversed(writings)
            if isinstance(w, ClosedAttempt) and w.opened.uid in known
        }
        fresh = {
            w.id: w
            for w in sorted(writings, key=_moves)
            if isinstance(w, OpenedAttempt) and w.uid in known and w.id not in closings
        }
        changes = await self._open(work, list(fresh.values()))
        receipts = await self._close(work, list(closings.values()), changes)
        if changes:
            await work.execute(SQL.notify, CHANNEL, payloads(self._course, changes))
        return [
            _nobody(opened.uid) if opened.uid not in known else receipts.get(opened.id)
            for opened in openings
        ]

    async def _open(self, work: Transaction, fresh: Sequence[OpenedAttempt]) -> list[Change]:
        if not fresh:
            return []
        columns = zip(*map(_opening_row, fresh), strict=True)
        rows = await work.fetch(SQL.open_attempts, self._course, *map(list, columns))
        return [Change(AttemptId(row["id"].hex), row["uid"], row["test"], None) for row in rows]

    async def _close(
        self, work: Transaction, closings: Sequence[ClosedAttempt], changes: list[Change]
    ) -> dict[AttemptId, Receipt]:
        if not closings:
            return {}
        columns = zip(*map(_closing_row, closings), strict=True)
        rows = await work.fetch(SQL.close_attempts, self._course, *map(list, columns))
        receipts = {receipt.id: receipt for receipt in map(_receipt, rows)}
        changes += [
            Change(AttemptId(row["id"].hex), row["uid"], row["test"], Verdict(row["verdict"]))
            for row in rows
        ]
        earlier = [one.opened.id for one in closings if one.opened.id not in receipts]
        if earlier:
            rows = await work.fetch(SQL.receipts, self._course, earlier)
            receipts |= {receipt.id: receipt for receipt in map(_receipt, rows)}
        return receipts


def _refused(refusal: Refusal) -> Refused:
    return Refused(str(refusal))


def _nobody(uid: int) -> Refused:
    return Refused(f"nobody has the id {uid}")


def _receipt(row: Row) -> Receipt:
    return Receipt(AttemptId(row["id"].hex), Verdict(row["verdict"]), row["is_best"])


def _lease(row: Row) -> Lease:
    return Lease(
        uid=row["uid"],
        source=Source(row["source_host"], row["source_port"]),
        held_for_s=row["held_for_s"],
        granted_s_ago=row["granted_s_ago"],
        expires_in_s=row["expires_in_s"],
        renewals=row["renewals"],
    )


def _answer(row: Row) -> RegistrationAnswer:
    lease = _lease(row)
    return Granted(lease) if row["is_granted"] else TooSoon(lease, row["wait_s"])


_opening_columns = attrgetter(
    "id",
    "uid",
    "test",
    "seed",
    "source.host",
    "source.port",
    "node",
    "incarnation",
    "started_at",
    "moves",
    "is_practice",
)


def _moves(writing: Writing) -> int:
    return writing.moves if isinstance(writing, OpenedAttempt) else writing.opened.moves


def _opening_row(opened: OpenedAttempt) -> tuple[object, ...]:
    row: tuple[object, ...] = _opening_columns(opened)
    return row


def _closing_row(closed: ClosedAttempt) -> tuple[object, ...]:
    return (
        *_opening_row(closed.opened),
        closed.ended_at,
        closed.verdict.value,
        closed.reason,
        closed.points,
        _json(closed.checks).decode(),
        closed.transcript,
        closed.teacher_note,
    )


_incident_row = attrgetter(
    "happened_at",
    "kind",
    "detail",
    "source.host",
    "source.port",
    "node",
    "listener_port",
    "uid",
    "raw",
)
