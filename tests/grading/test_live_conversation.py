"""docs/reference/live-conversation.md: rows come as they happen, once, to whom they concern, and
become the transcript."""

import re
from random import Random

import httpx

from holdfast.grading.domain.attempt import AttemptId, NodeBeat
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.transcript import decode
from holdfast.grading.entrypoints.results_api.live import Live
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.pages.conversation import Line, tell, tell_rows
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.grading.service.live_talks import MAX_ROWS, ROWS_PER_BEAT
from holdfast.grading.service.session_place import Place
from holdfast.grading.wire.course import Chat, Register
from tests.grading.entrypoints.results_api.test_live import events
from tests.support.moving import MovingNode, MovingWire
from tests.support.results_site import CLAIM_KEY, VIEWER, Site, results_site
from tests.support.virtual_node import OTHER, UID, Student, VirtualNode

HELLO = Register(UID, "localhost", 4444)
LONG_TEST = Chat(UID, "TEST 4_2 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE")
PAGE = {"accept": "text/html"}


def beat(node: VirtualNode, place: Place | None = None, *, arrives: bool = True) -> None:
    """What a node does once a second."""
    at = place or node.place
    taken = at.talks.take()
    progress = (*at.ticks.take(), *taken.progress)
    if arrives:
        node.do(node.store.beat(NodeBeat(at.node, at.incarnation, 1, progress)))
        at.talks.confirm(taken)


def running(node: VirtualNode) -> AttemptId:
    [attempt] = node.attempts()
    assert attempt.verdict is None
    return AttemptId(attempt.id)


def lines(node: VirtualNode, attempt: str) -> list[Line]:
    """What the page of an attempt shows now."""
    record = node.do(node.store.attempt(attempt))
    told = tell(decode(record.transcript)) if record.transcript else tell_rows(record.rows)
    return list(told.lines)


def test_what_is_shown_meanwhile_is_what_is_shown_in_the_end_line_for_line() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO, LONG_TEST)
    seen: list[Line] = []
    for _ in range(400):
        node.run(0.1)
        if node.attempts()[0].verdict is not None:
            break
        beat(node)
        now = lines(node, running(node))
        assert now[: len(seen)] == seen
        seen = now
    assert len(seen) >= 3
    in_the_end = lines(node, node.attempts()[0].id)
    assert in_the_end[: len(seen)] == seen


def test_a_results_api_that_is_away_holds_nobody_up_and_hears_all_when_it_is_back() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO, LONG_TEST)
    for _ in range(20):
        node.run(0.1)
        beat(node, arrives=False)
    assert node.do(node.store.attempt(running(node))).rows == ()
    beat(node)
    told = lines(node, running(node))
    assert not any(line.gap for line in told)
    node.run(60)
    assert node.attempts()[0].verdict is not None


def test_a_flood_is_told_in_part_and_says_how_much_is_missing() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(LONG_TEST)
    node.run(0.05)
    beat(node)
    for _ in range(200):
        wire.send(Chat(UID, "noise"))
    node.run(0.05)
    beat(node)
    record = node.do(node.store.attempt(running(node)))
    assert len(record.rows) <= 2 * ROWS_PER_BEAT < MAX_ROWS
    told = tell_rows(record.rows)
    assert told.left_out >= 200 - ROWS_PER_BEAT
    assert sum(line.gap for line in told.lines) == told.left_out


def test_a_test_that_moves_to_another_node_goes_on_without_a_line_twice() -> None:
    for seed in range(5):
        node = MovingNode(Random(seed), deaths=3, every=4)
        Student(node, client("2025-4_2"))
        shown = 0
        while not node.attempts() or node.attempts()[0].verdict is None:
            node.run(0.2)
            for wire in node.wires:
                assert isinstance(wire, MovingWire)
                beat(node, wire.session._place)
            if node.attempts() and node.attempts()[0].verdict is None:
                now = lines(node, running(node))
                assert len({line.number for line in now}) == len(now)
                assert [line.number for line in now] == sorted(line.number for line in now)
                assert not any(line.gap for line in now)
                shown = max(shown, len(now))
        assert sum(wire.moves for wire in node.wires) > 0
        assert shown > 2
        assert len(lines(node, node.attempts()[0].id)) >= shown


async def test_another_student_gets_no_row_by_page_file_or_stream() -> None:
    async with results_site(is_open=False, with_pages=True) as site:
        attempt = await told(site, "a word for Ada alone")
        mine, others = await student(site, UID), await student(site, OTHER)
        page = await mine.get(f"/attempts/{attempt}", headers=PAGE)
        assert "a word for Ada alone" in page.text
        for path in (f"/attempts/{attempt}", f"/api/grading/attempts/{attempt}"):
            answer = await others.get(path, headers=PAGE if path[1] == "a" else {})
            assert answer.status_code in (303, 403)
            assert "Ada alone" not in answer.text
        for query in (f"?attempt={attempt}", f"?uid={UID}&attempt={attempt}"):
            assert (await others.get(f"/api/grading/live{query}")).status_code == 403
        stream = events(Live(site.hub, 0.01), f"uid={OTHER}&attempt={attempt}")
        await anext(stream)
        await told(site, "more")
        assert [await anext(stream) for _ in range(2)] == [": still here\n\n"] * 2


async def test_where_ids_are_secrets_rows_show_none() -> None:
    settings = ResultsSettings(identity="pin")
    async with results_site(is_open=False, settings=settings, with_pages=True) as site:
        attempt = await told(site, f"my pin is {UID}, {UID}")
        page = await site.client(VIEWER).get(f"/attempts/{attempt}", headers=PAGE)
        assert "my pin is ####, ####" in page.text
        assert str(UID) not in re.sub(r"[0-9a-f]{32}", "", page.text)
        assert f"{int(UID):08x}" not in page.text.replace(" ", "")


async def told(site: Site, text: str) -> str:
    """The one running attempt, with one more line, said by the student."""
    node = VirtualNode()
    node.store = site.store
    if not await site.store.users():
        await site.store.import_roster([User(UID, "Ada"), User(OTHER, "Bob")])
    wire = node.connect()
    wire.send(LONG_TEST, Chat(UID, text))
    node.run(0.05)
    beat(node)
    return running(node)


async def student(site: Site, uid: int) -> httpx.AsyncClient:
    token = ClaimKey("course", CLAIM_KEY).token(UserId(uid))
    browser = site.client()
    answer = await browser.post("/enter/student", data={"uid": str(uid), "token": token})
    assert answer.status_code == 303, answer.text
    return browser
