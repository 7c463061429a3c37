"""The pages as a browser gets them: complete, bounded, safe, and plain about what is wrong."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from holdfast.errors import IndefiniteError
from holdfast.grading.domain.attempt import ClosedAttempt, Incident, TestId
from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.standings import Cell, Row, Standing
from holdfast.grading.domain.transcript import Entry, EntryKind, decode, encode
from holdfast.grading.domain.verdict import Check, CheckState, Verdict
from holdfast.grading.pages.routes import enter_page, routes
from holdfast.grading.store.memory import MemoryStore
from tests.grading.pages.conftest import Get
from tests.support.seeded_class import (
    BEGIN,
    SOURCE,
    Clock,
    attempt_id,
    closed,
    echo,
    opened,
    play,
    shouting,
    students,
)

USUAL_BYTES = 100_000
CLASS_BYTES = 300_000
HOSTILE = '<script>alert("1")</script>&\u202e\0\ud800\n<img src=x onerror=alert(2)>'
T2 = TestId("2024-a1-t2")


async def fetch(store: object, path: str, *, teacher: bool = False) -> httpx.Response:
    site = routes(
        store,  # type: ignore[arg-type]
        CATALOGUE,
        Rules(),
        Clock(),
        is_teacher=lambda _: teacher,
    )
    transport = httpx.ASGITransport(Starlette(routes=site))
    async with httpx.AsyncClient(transport=transport, base_url="http://class") as client:
        return await client.get(path, headers={"accept": "text/html"})


async def store_with(attempt: ClosedAttempt, user: User | None = None) -> MemoryStore:
    store = MemoryStore(Clock().wall)
    await store.import_roster([user or students(1)[0]])
    await store.open_attempt(attempt.opened)
    await store.close_attempt(attempt)
    return store


def attempt(client: object = echo, test: TestId = T2) -> ClosedAttempt:
    played = play(CATALOGUE[test], 1000, client)  # type: ignore[arg-type]
    return closed(opened(1, 1000, test, BEGIN), played)


# the class


async def test_the_class_shows_every_student_and_test_in_words(get: Get) -> None:
    answer = await get("/")
    assert answer.status_code == 200
    assert "Karen Spärck Jones" in answer.text
    assert answer.text.count("<tr id=u") == 24
    for words in ("passed", "failed", "trying", "not attempted"):
        assert f">{words}" in answer.text
    assert len(answer.content) < USUAL_BYTES


async def test_a_name_is_found_without_a_script(get: Get) -> None:
    answer = await get("/?name=hopper")
    assert answer.text.count("<tr id=u") == 1
    assert 'value="hopper"' in answer.text


async def test_a_name_nobody_has_says_so(get: Get) -> None:
    answer = await get('/?name="><b>x')
    assert "Nobody matches" in answer.text
    assert "<b>x" not in answer.text


async def test_an_empty_roster_says_how_to_fill_it() -> None:
    answer = await fetch(MemoryStore(Clock().wall), "/")
    assert "Nobody is on the roster yet" in answer.text


async def test_a_live_update_gets_only_the_rows_it_asks_for(get: Get) -> None:
    answer = await get("/?only=1000,1037")
    assert re.findall(r"<tr id=u(\d+)", answer.text) == ["1000", "1037"]
    assert len(answer.content) < 15_000


class BigClass:
    """300 students, every test tried by everybody."""

    def __init__(self, standing: Standing, tries: int) -> None:
        self.rows = [
            Row(
                user,
                tuple(
                    Cell(user.uid, test, standing, tries, 0, 0, attempt_id(1)) for test in CATALOGUE
                ),
            )
            for user in students(300)[:300]
        ]

    async def standings(self) -> Sequence[Row]:
        return self.rows


async def test_a_class_of_300_that_passed_everything_fits_into_300_kb() -> None:
    answer = await fetch(BigClass(Standing.PASSED, 3), "/")
    assert answer.text.count(">passed</a>") == 300 * len(CATALOGUE)
    assert len(answer.content) < CLASS_BYTES


async def test_even_the_worst_class_is_not_much_heavier() -> None:
    answer = await fetch(BigClass(Standing.FAILED, 3), "/")
    assert len(answer.content) < CLASS_BYTES * 1.3


# a student


async def test_a_student_has_a_summary_attempts_and_incidents(get: Get) -> None:
    answer = await get("/students/1000")
    assert "Ada Lovelace" in answer.text
    assert "garbled bytes" in answer.text
    assert len(answer.content) < USUAL_BYTES


async def test_the_newest_attempts_come_first_and_pages_follow() -> None:
    store = MemoryStore(Clock().wall)
    await store.import_roster(students(1))
    played = play(CATALOGUE[T2], 1000, echo)
    for number in range(30):
        begun = opened(number, 1000, T2, BEGIN + timedelta(minutes=number))
        await store.open_attempt(begun)
        await store.close_attempt(closed(begun, played))
    first = await fetch(store, "/students/1000")
    times = re.findall(r'class="start"><time datetime="([^"]+)"', first.text)
    assert times == sorted(times, reverse=True)
    assert len(times) == 25
    older = re.search(r'href="(/students/1000\?before=[0-9a-f]{32})"', first.text)
    assert older is not None
    rest = await fetch(store, older[1])
    assert len(re.findall(r'class="start"', rest.text)) == 5
    assert "Earlier attempts" in rest.text


async def test_a_running_attempt_stands_in_the_list() -> None:
    store = MemoryStore(Clock().wall)
    await store.import_roster(students(1))
    await store.open_attempt(opened(1, 1000, T2, BEGIN))
    assert "running" in (await fetch(store, "/students/1000")).text
    page = await fetch(store, f"/attempts/{attempt_id(1)}")
    assert "The test has just begun: lines come as they happen." in page.text


# an attempt


async def test_an_attempt_gives_reason_checks_conversation_and_the_differing_byte() -> None:
    tried = attempt(shouting)
    answer = await fetch(await store_with(tried), f"/attempts/{tried.opened.id}")
    assert answer.text.index("failed") < answer.text.index("differs from byte")
    assert answer.text.index("differs from byte") < answer.text.index("Conversation")
    assert tried.opened.id in answer.text
    assert CATALOGUE[T2].checks[0].title in answer.text
    assert "First divergence" in answer.text
    assert re.search(r"<mark>[0-9a-f]{2}</mark>", answer.text)
    assert len(answer.content) < USUAL_BYTES


async def test_a_cell_leads_to_the_pass_or_else_to_the_newest_try(get: Get) -> None:
    store = MemoryStore(Clock().wall)
    await store.import_roster(students(1))
    for number, client in enumerate((shouting, echo, shouting), 1):
        begun = opened(number, 1000, T2, BEGIN + timedelta(minutes=number))
        await store.open_attempt(begun)
        if number == 2:
            assert (await fetch(store, f"/s/1000/{T2}")).headers["location"].endswith(begun.id)
        await store.close_attempt(closed(begun, play(CATALOGUE[T2], 1000, client)))
    answer = await fetch(store, f"/s/1000/{T2}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/attempts/{attempt_id(2)}")
    nothing = await fetch(store, "/s/1000/2025-3_1")
    assert nothing.headers["location"] == "/students/1000"
    middle = await fetch(store, f"/attempts/{attempt_id(2)}")
    assert "2 of 3" in middle.text
    assert attempt_id(1) in middle.text
    assert attempt_id(3) in middle.text


async def test_a_teachers_note_is_for_teachers() -> None:
    tried = replace(attempt(), verdict=Verdict.INFRASTRUCTURE, teacher_note="ZeroDivisionError: x")
    store = await store_with(tried)
    path = f"/attempts/{tried.opened.id}"
    assert "ZeroDivisionError" not in (await fetch(store, path)).text
    assert "ZeroDivisionError" in (await fetch(store, path, teacher=True)).text


async def test_a_huge_transcript_is_cut_and_all_of_it_is_a_link_away() -> None:
    base = play(CATALOGUE[T2], 1000, echo).transcript
    text = "x" * 256
    frames = tuple(
        Entry(EntryKind.SENT, at / 10, "client", "Chat", (("text", text),), "00" * 4000)
        for at in range(20_000)
    )
    tried = replace(attempt(), transcript=encode(replace(base, entries=frames)))
    store = await store_with(tried)
    short = await fetch(store, f"/attempts/{tried.opened.id}")
    assert 'href="?all=1"' in short.text
    assert "left out" in short.text
    assert len(short.content) < 3 * USUAL_BYTES
    everything = await fetch(store, f"/attempts/{tried.opened.id}?all=1")
    assert len(short.content) < len(everything.content) < 8_000_000
    assert f'href="/attempts/{tried.opened.id}/transcript.json"' in everything.text


# tests


async def test_every_test_has_a_page(get: Get) -> None:
    listing = await get("/tests")
    for test in CATALOGUE:
        assert f'href="/tests/{test}"' in listing.text
        page = await get(f"/tests/{test}")
        assert page.status_code == 200
        assert len(page.content) < USUAL_BYTES


async def test_a_test_shows_trigger_ports_settings_and_bytes(get: Get) -> None:
    page = await get("/tests/2024-a2-t3")
    for words in ("TEST 3 RENEW LEASE", "TCP 4444", "12 s (instead of 20 min)", "4-byte signed"):
        assert words in page.text


# what is hostile


async def test_nothing_a_student_or_a_roster_sends_becomes_markup() -> None:
    base = attempt(shouting)
    told = play(CATALOGUE[T2], 1000, shouting).transcript
    clean = HOSTILE.replace("\ud800", "?").replace("\0", "0")
    frame = Entry(EntryKind.RECEIVED, 1.0, clean, clean, ((clean, clean),), "00", clean)
    check = Check(clean, CheckState.FAIL, 1, clean)
    tried = replace(
        base,
        opened=replace(base.opened, node=clean, seed=clean),
        reason=clean,
        checks=(check,),
        transcript=encode(replace(told, entries=(*told.entries, frame))),
    )
    store = await store_with(tried, User(UserId(1000), HOSTILE))
    await store.report_incident(
        Incident(
            BEGIN, HOSTILE, HOSTILE, SOURCE, HOSTILE, 4444, 1000, HOSTILE.encode("utf-8", "replace")
        )
    )
    for path in ("/", "/students/1000", f"/attempts/{base.opened.id}", f"/?name={clean[:9]}"):
        answer = await fetch(store, path)
        assert answer.status_code == 200
        assert "<script>" not in answer.text
        assert "<img src=x" not in answer.text
        assert "\u202e" not in answer.text
        assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/students/9999",
        "/students/12345",
        "/students/-1",
        "/students/x",
        "/students/%D9%A1",
        "/students/1000?before=zz",
        "/s/9999/2024-a1-t1",
        "/attempts/" + "0" * 32,
        "/attempts/UPPER",
        "/attempts/" + "a" * 5000,
        "/tests/none",
        "/nowhere/at/all",
    ],
)
async def test_what_nobody_knows_is_a_page_in_plain_words(get: Get, path: str) -> None:
    answer = await get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_programs_do_not_meet_the_page_for_browsers(get: Get) -> None:
    answer = await get("/nowhere", accept="application/json")
    assert answer.status_code == 404
    assert "<" not in answer.text


class Away:
    """A store that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def standings(self) -> Sequence[Row]:
        raise self.error


async def test_a_store_that_is_away_is_said_in_plain_words() -> None:
    for error in (IndefiniteError("gone"), TimeoutError()):
        answer = await fetch(Away(error), "/")
        assert answer.status_code == 503
        assert "cannot be read right now" in answer.text
        assert answer.headers["retry-after"]


async def test_a_fault_of_ours_shows_nothing_of_its_insides() -> None:
    answer = await fetch(Away(ValueError("secret place")), "/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "not your fault" in answer.text


async def test_every_page_has_one_heading_a_language_and_a_skip_link(get: Get) -> None:
    ids = re.findall(r"/attempts/[0-9a-f]{32}", (await get("/students/1000")).text)
    for path in ("/", "/students/1000", ids[0], "/tests", "/tests/2024-a1-t1", "/nowhere"):
        text = (await get(path)).text
        assert text.count("<h1") == 1, path
        assert '<html lang="en">' in text
        assert 'class="skip"' in text
        assert text.count("<main") == 1


def test_the_form_for_a_token_is_a_page_like_the_others() -> None:
    form = enter_page()
    right, wrong = form("/students/1000", False), form("/", True)
    assert (right.status_code, wrong.status_code) == (200, 403)
    assert b'value="/students/1000"' in right.body
    assert b'role="alert"' in bytes(wrong.body)


async def test_who_is_a_teacher_is_asked_with_the_request() -> None:
    seen: list[str] = []

    def is_teacher(request: Request) -> bool:
        seen.append(request.url.path)
        return False

    tried = attempt()
    site = routes(await store_with(tried), CATALOGUE, Rules(), Clock(), is_teacher=is_teacher)
    transport = httpx.ASGITransport(Starlette(routes=site))
    async with httpx.AsyncClient(transport=transport, base_url="http://class") as client:
        await asyncio.wait_for(client.get(f"/attempts/{tried.opened.id}"), 10)
    assert set(seen) == {f"/attempts/{tried.opened.id}"}


async def test_the_diagram_has_a_title_and_tells_its_content_in_words() -> None:
    tried = attempt(shouting)
    page = (await fetch(await store_with(tried), f"/attempts/{tried.opened.id}")).text
    assert 'role="img" aria-labelledby="st-title st-desc"' in page
    assert '<title id="st-title">Space-time diagram</title>' in page
    assert "2 messages from the student’s program and 2 messages from the server" in page
    assert "The first divergence is after" in page
    assert page.count('<g class="in diverges">') == 1


async def test_a_transcript_is_a_file_to_keep_and_can_be_played_again() -> None:
    tried = attempt(shouting)
    store = await store_with(tried)
    answer = await fetch(store, f"/attempts/{tried.opened.id}/transcript.json")
    assert answer.content == tried.transcript
    name = f"holdfast-2024-a1-t2-{tried.opened.id[:8]}.json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    kept = decode(answer.content)
    assert replay(kept, CATALOGUE[T2]) == kept


@pytest.mark.parametrize("wanted", ["0" * 32, "x", "..%2f"])
async def test_a_transcript_that_is_not_there_is_no_page(wanted: str) -> None:
    answer = await fetch(MemoryStore(Clock().wall), f"/attempts/{wanted}/transcript.json")
    assert answer.status_code == 404


async def test_the_grid_shows_who_is_in_a_state_at_a_test(get: Get) -> None:
    page = (await get("/?test=2024-a1-t2&state=failed")).text
    rows = page.partition("<tbody>")[2].split("<tr id=u")[1:]
    assert 0 < len(rows) < 24
    assert all("<td class=f>" in row for row in rows)
    assert "<option selected>2024-a1-t2</option>" in page
    assert '<option value="failed" selected>failed</option>' in page
