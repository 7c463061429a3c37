"""Deeds: old and new stand there, bounded, and before anything is done."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request

from holdfast.errors import DefiniteError
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Deadline, Extension
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.pages.deeds import MAX_ENTRIES, Deed, Deeds
from holdfast.grading.service.import_plan import PlanChange
from holdfast.grading.service.preview_roster import RosterPreview
from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.memory import MemoryPeople
from tests.grading.pages.course_site import CourseSite, course_site
from tests.support.seeded_class import Clock

T1 = TestId("2024-a1-t1")
DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
NEW = Deadline(T1, DUE, 1800, 20)
LONGER = Extension(UserId(1000), T1, DUE + timedelta(days=7))


def request() -> Request:
    headers = [(b"x-request-id", b"r-7")]
    scope = {"type": "http", "headers": headers, "client": ("192.0.2.7", 1), "state": {}}
    scope["state"] = {"who": "mira"}
    return Request(scope)


async def told(log: MemoryPeople) -> list[tuple[str, str]]:
    return [(one.target, one.detail) for one in reversed(await log.entries(1000))]


async def test_an_entry_says_who_from_where_and_in_which_request() -> None:
    log = MemoryPeople()
    await Deeds(Clock(), log).record(request(), Act.COURSE_CHANGED, [Deed("scoreboard", "a -> b")])
    (entry,) = await log.entries(10)
    assert (entry.who, entry.act, entry.target) == ("mira", "course changed", "scoreboard")
    assert (entry.origin.address, entry.origin.request_id) == ("192.0.2.7", "r-7")


async def test_many_changes_are_counted_in_the_last_entry() -> None:
    log = MemoryPeople()
    deeds = [Deed(f"d{at}", "") for at in range(MAX_ENTRIES + 7)]
    await Deeds(Clock(), log).record(request(), Act.COURSE_CHANGED, deeds)
    found = await told(log)
    assert len(found) == MAX_ENTRIES
    assert found[-1] == ("more", "8 more of these")


async def test_a_site_without_accounts_has_no_log() -> None:
    await Deeds(Clock()).record(request(), Act.COURSE_CHANGED, [Deed("scoreboard", "")])


def test_a_plan_tells_old_and_new_of_deadlines_and_extensions() -> None:
    changes = [PlanChange(T1, None, None, NEW), PlanChange(T1, UserId(1000), LONGER, None)]
    hidden = Deeds(Clock(), shown_uid=lambda uid: uid + 10_000)
    assert hidden.of_plan(changes) == [
        Deed(f"deadline {T1}", "nothing -> 2026-12-01T22:59:00Z, grace 30 min, 20 % a day"),
        Deed(f"extension {T1} student 11000", "2026-12-08T22:59:00Z -> nothing"),
    ]


@pytest.mark.parametrize("removes", [False, True])
def test_a_roster_tells_who_is_renamed_and_who_goes(removes: bool) -> None:
    ada, grace = User(UserId(1), "Ada"), User(UserId(2), "Grace")
    preview = RosterPreview((ada,), ((grace, User(UserId(2), "Grace H")),), 0, (ada,), ())
    found = Deeds(Clock()).of_roster(preview, removes=removes)
    gone = [Deed("student 0001", "Ada -> nothing")] if removes else []
    tally = f"1 added, 1 renamed, {len(gone)} removed"
    assert found == [Deed("roster", tally), Deed("student 0002", "Grace -> Grace H"), *gone]


class _Full(MemoryPeople):
    async def record(self, entry: Entry) -> None:
        raise DefiniteError("the disk is full")


async def test_what_cannot_be_written_down_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    site: CourseSite = await course_site()
    monkeypatch.setattr(MemoryPeople, "record", _Full.record)
    assert (await site.post("/teach/freeze", {"freeze": "yes"})).status_code == 503
    plan = {"text": f"{T1},,2026-12-01T22:59Z,30,20", "seen": "0"}
    assert (await site.post("/teach/deadlines", plan)).status_code == 503
    assert (await site.get("/teach/results.csv")).status_code == 503
    kept = await site.coursework.plan()
    assert (kept.frozen_at, kept.version) == (None, 0)
