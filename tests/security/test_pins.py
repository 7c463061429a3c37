"""docs/reference/pins.md: no answer to anybody but a teacher holds an id that is a secret.

The real application with all its pages, a class whose ids are marked, every address in every role:
the body, the headers and the addresses that pages lead to are searched for each id as it may be
written.
"""

import re
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import cache

import httpx
import pytest

from holdfast.grading.domain.attempt import Incident, NodeBeat, OpenedAttempt, Progress, TestId
from holdfast.grading.domain.live_row import told_row
from holdfast.grading.domain.pins import ShownNumbers
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import Entry, EntryKind
from holdfast.grading.entrypoints.results_api.entering import FROM_ADDRESS
from holdfast.grading.entrypoints.results_api.live import Live
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.service.ports import Change
from holdfast.grading.service.watch_changes import ChangeHub
from holdfast.grading.wire.course import COURSE, Chat, Register
from tests.support.endpoints import addresses_of
from tests.support.people import House
from tests.support.results_site import ADMIN, CLAIM_KEY, VIEWER, Site, results_site
from tests.support.seeded_class import (
    BEGIN,
    SOURCE,
    attempt_id,
    closed,
    echo,
    opened,
    play,
    raw_text,
    shouting,
    silent,
)

PINS = (7391, 8264, 9517)
NAMES = ("Ada Marked", "Ben Marked", "Cem Marked")
TESTS = ("2024-a1-t2", "2024-a1-t3", "2024-a2-t2", "2025-5_1")
NUMBERS = ShownNumbers(CLAIM_KEY)
MAX_PAGES = 130
"""Every sample, and some of the pages that they lead to."""
played = cache(play)
RAW = COURSE.encode(Register(PINS[0], "host-7391", 4444))
HEADERS = {"accept": "text/html"}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    house = House()
    settings = ResultsSettings(identity="pin")
    async with results_site(is_open=False, settings=settings, house=house, with_pages=True) as made:
        house.clock.now = made.clock.now
        await fill(made)
        yield made


async def fill(site: Site) -> None:
    """A class of three, with passes, failures, running attempts and incidents."""
    await site.store.import_roster(
        [User(UserId(pin), name) for pin, name in zip(PINS, NAMES, strict=True)]
    )
    number = 0
    for pin in PINS:
        for test in map(TestId, TESTS):
            for client in (echo, shouting, raw_text, silent):
                number += 1
                begun = opened(number, pin, test, BEGIN)
                await site.store.open_attempt(begun)
                if client is not silent or test != TESTS[0]:
                    ended = played(CATALOGUE[test], pin, client)
                    await site.store.close_attempt(closed(begun, ended))
                else:
                    await site.store.beat(telling(begun, pin))
        for raw in (
            RAW,
            b"garbled 7391 " + pin.to_bytes(4, "little"),
            COURSE.encode(Chat(pin, "?")),
        ):
            await site.store.report_incident(
                Incident(BEGIN, "refused", f"not {pin}", SOURCE, "node-1", 4444, UserId(pin), raw)
            )


def telling(begun: OpenedAttempt, pin: int) -> NodeBeat:
    """Rows of a running attempt: messages, and bytes that are none, with an id in each."""
    kinds = EntryKind.RECEIVED, EntryKind.OVERHEARD, EntryKind.UNDECODABLE, EntryKind.NOTE
    raws = (
        COURSE.encode(Chat(pin, f"I am {pin}")),
        RAW,
        b"garbled 7391 " + pin.to_bytes(4, "little"),
    )
    fields = (("recipient", str(pin)), ("text", f"I am {pin}"))
    rows = [
        told_row(at, at, Entry(kind, 0.1, "client", "", fields, raw.hex(), f"says {pin}"))
        for at, (kind, raw) in enumerate(zip(kinds, (*raws, b""), strict=True))
    ]
    progress = Progress(begun.id, rows=tuple(rows), entries=len(rows))
    return NodeBeat(begun.node, begun.incarnation, 1, (progress,))


def spellings() -> Iterator[bytes]:
    for pin in PINS:
        yield str(pin).encode()
        for written in (pin.to_bytes(4, "big"), pin.to_bytes(4, "little"), str(pin).encode()):
            yield written.hex().encode()
            yield written.hex(" ").encode()


FORBIDDEN = (*spellings(), *(name.encode() for name in NAMES))


def told_in(answer: httpx.Response) -> list[bytes]:
    """What of the secrets an answer holds, its dumps read without their marks. Its length may be
    any number."""
    told = [one for one in answer.headers.items() if one[0] != "content-length"]
    head = "\n".join(f"{key}: {value}" for key, value in told).encode()
    plain = re.sub(rb"<[^>]*>", b"", answer.content)
    whole = b"\n".join((head, answer.content, plain, re.sub(rb"\s+", b" ", plain)))
    return [secret for secret in FORBIDDEN if secret in whole]


def samples(site: Site) -> Iterator[str]:
    """Every address that reads, of each student and of many attempts."""
    shown = [NUMBERS.shown(pin) for pin in PINS]
    attempts = [attempt_id(number) for number in range(1, 9)]  # two tests, all kinds of clients
    for one in addresses_of(site):
        if one.method != "GET" or one.path in ("/api/grading/live", "/login/university"):
            continue
        if "{uid}" in one.path:
            for uid in (*shown, *PINS[:1]):
                yield one.path.replace("{uid}", str(uid)).replace("{test}", TESTS[1])
        elif "{attempt}" in one.path or "/attempts/{id}" in one.path:
            for attempt in attempts:
                yield re.sub(r"\{(attempt|id)\}", attempt, one.path)
        elif "{test}" in one.path:
            yield one.path.replace("{test}", TESTS[0])
        else:
            yield one.sample
    yield from (f"/?order=id&name={NAMES[0][:3]}", "/?test=2024-a1-t2&state=failed")
    yield from (f"/attempts/{attempt}?all=1" for attempt in attempts[:6])
    yield from (f"/api/grading/incidents?uid={uid}" for uid in shown)


async def crawled(site: Site, client: httpx.AsyncClient) -> Mapping[str, list[bytes]]:
    """Address -> the secrets its answer tells, for those that tell any; links are followed."""
    wrong, seen, ahead = {}, set[str](), deque(samples(site))
    while ahead:
        path = ahead.popleft()
        if path in seen or len(seen) > MAX_PAGES:
            continue
        seen.add(path)
        answer = await client.get(path, headers=HEADERS)
        # The id that was asked for by whoever knows it may stand in the way to the log-in.
        asked = [pin for pin in map(str, PINS) if pin in path]
        told = [one for one in told_in(answer) if one.decode() not in asked]
        if told:
            wrong[path] = told
        if "text/html" in answer.headers.get("content-type", ""):
            ahead += [
                href
                for href in re.findall(r'href="(/[^"#]*)"', answer.text)
                if not href.startswith("/assets/") and "lang=" not in href
            ]
    return wrong


async def student(site: Site, pin: int) -> httpx.AsyncClient:
    """A browser that came in with a PIN."""
    client = site.client()
    answer = await client.post("/enter/student", data={"pin": f"{pin:04}"})
    assert answer.status_code == 303
    return client


@pytest.mark.parametrize("who", ["nobody", "viewer", "student"])
async def test_no_answer_tells_an_id_or_a_name(site: Site, who: str) -> None:
    client = site.client(VIEWER if who == "viewer" else None)
    if who == "student":
        client = await student(site, PINS[0])
    assert await crawled(site, client) == {}


async def test_the_search_finds_what_is_there(site: Site) -> None:
    """Were nothing masked: teachers see messages as they were, and the search finds the ids."""
    found = await crawled(site, site.client(ADMIN))
    assert any("transcript.json" in path for path in found)
    assert any(path.startswith("/teach") for path in found)


async def test_teachers_see_names_and_shown_numbers(site: Site) -> None:
    grid = (await site.client(ADMIN).get("/", headers=HEADERS)).text
    for pin, name in zip(PINS, NAMES, strict=True):
        assert name in grid
        assert str(NUMBERS.shown(pin)) in grid
        assert str(pin) not in grid
    rows = (await site.client(ADMIN).get("/api/grading/standings")).json()
    assert {row["name"] for row in rows} == set(NAMES)


async def test_teachers_write_and_export_by_the_ids_themselves(site: Site) -> None:
    text = (await site.client(ADMIN).get("/teach/results.csv")).text
    assert all(str(pin) in text for pin in PINS)
    plan = {"text": f"2024-a1-t2,{PINS[0]},2026-12-08T22:59Z,,\n2024-a1-t2,,2026-12-01T22:59Z,0,20"}
    client = site.client(ADMIN)
    seen = re.search(
        r'name="seen" value="([^"]*)"', (await client.post("/teach/deadlines", data=plan)).text
    )
    assert seen
    done = await client.post("/teach/deadlines", data={**plan, "seen": seen[1]})
    assert done.status_code == 200
    assert site.house is not None
    entries = await site.house.people.entries(10)
    assert not any(str(PINS[0]) in one.target + one.detail for one in entries)
    assert any(str(NUMBERS.shown(PINS[0])) in one.target for one in entries)


async def test_a_student_comes_with_their_pin_and_sees_their_pseudonym(site: Site) -> None:
    client = await student(site, PINS[0])
    home = await client.get("/", headers=HEADERS)
    shown = NUMBERS.shown(PINS[0])
    assert home.headers["location"] == f"/students/{shown}"
    page = (await client.get(home.headers["location"], headers=HEADERS)).text
    board = (await site.client(VIEWER).get("/users")).json()
    pseudonym = next(one["name"] for one in board if one["uid"] == shown)
    assert pseudonym in page
    assert (await client.get(f"/attempts/{attempt_id(1)}")).status_code == 200
    other = f"/students/{NUMBERS.shown(PINS[1])}"
    assert (await client.get(other)).status_code == 403


async def test_guessing_is_slowed_even_for_the_right_one(site: Site) -> None:
    client = site.client()
    for guess in range(FROM_ADDRESS.free):
        assert (await client.post("/enter/student", data={"pin": str(guess)})).status_code == 403
    braked = await client.post("/enter/student", data={"pin": str(PINS[0])})
    assert braked.status_code == 429
    assert int(braked.headers["retry-after"]) >= 1
    assert "set-cookie" not in braked.headers


async def test_a_whole_class_comes_in_from_one_address(site: Site) -> None:
    for _ in range(5):
        for pin in PINS:
            await student(site, pin)


@pytest.mark.parametrize("pin", ["", "x", "12345", "-1", "７３９１", "0000"])
async def test_what_is_no_pin_lets_nobody_in(site: Site, pin: str) -> None:
    answer = await site.client().post("/enter/student", data={"pin": pin})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_pin_opens_nothing_where_ids_are_no_secrets() -> None:
    async with results_site(house=House(), is_open=False) as open_ids:
        await open_ids.store.import_roster([User(UserId(PINS[0]), NAMES[0])])
        answer = await open_ids.client().post("/enter/student", data={"pin": str(PINS[0])})
        assert answer.status_code == 403


async def test_live_news_come_by_the_shown_number() -> None:
    live = Live(ChangeHub(max_watchers=1, max_queued=4), 5.0, NUMBERS.shown)
    watcher = live.hub.watch()
    assert watcher is not None
    shown = NUMBERS.shown(PINS[0])
    for asked, is_told in ((None, True), (shown, True), (PINS[0], False)):
        live.hub.publish([Change(attempt_id(1), UserId(PINS[0]), TestId(TESTS[0]), None)])
        told = await live._next(watcher, asked)
        assert told is not None
        assert str(PINS[0]).encode() not in told
        assert (str(shown).encode() in told) == is_told
