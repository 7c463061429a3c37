"""Reference clients on real sockets pass their tests, one by one and many at once."""

import asyncio
from dataclasses import replace

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client, seeding
from holdfast.grading.domain.reference.greeting import register_request
from holdfast.grading.domain.reference.habits import Greeting, Habits
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.templates import like
from holdfast.grading.entrypoints.student_driver import (
    Job,
    Report,
    Seen,
    Target,
    play_client,
    play_clients,
)
from holdfast.grading.wire.course import Chat
from tests.support.open_server import OpenServer, open_server
from tests.support.trying import ALL_TESTS, part
from tests.support.virtual import UID

FAST = Rules(time_scale=0.003, register_hold_s=0.01, silence_s=0.2)
WITHIN_S = 60.0
STILL_LISTENING = {"2024-a1-t4", "2024-a2-t4", "2025-4_2", "2024-a2-t2"}
"""These wait for wrong extra answers after the client is done; the last one goes by address."""


async def verdicts(server: OpenServer, uid: UserId) -> dict[str, str | None]:
    return {each.test: each.verdict for each in await server.store.attempts(uid, 100)}


async def test_all_tests_pass_at_once_over_real_sockets() -> None:
    async with open_server(FAST) as server:
        jobs = [Job(test, UserId(UID + n)) for n, test in enumerate(ALL_TESTS)]
        reports: list[Report] = []
        async with asyncio.timeout(WITHIN_S):
            async for report in play_clients(jobs, server.target, FAST, at_once=30):
                reports.append(report)
        assert len(reports) == len(jobs)
        for report in reports:
            assert report.trouble == ""
            assert report.outcome is not None
            assert report.outcome.verdict == "pass", (report.job, report.outcome)
            assert report.sent > 0
            assert report.last_sent_s is not None
        for n, test in enumerate(ALL_TESTS):
            if test not in STILL_LISTENING:
                assert (await verdicts(server, UserId(UID + n)))[test] == "pass"


async def test_a_client_sees_every_frame_of_both_directions() -> None:
    seen: list[Seen] = []
    async with open_server(FAST) as server:
        job = Job(TestId("2024-a1-t2"), UID, Habits(Greeting.ONE_SEGMENT))
        async with asyncio.timeout(WITHIN_S):
            await play_client(job, server.target, FAST, watch=seen.append)
    ways = [(each.direction, type(each.message).__name__) for each in seen]
    assert ways == [
        ("out", "NoneType"),
        ("in", "Registered"),
        ("in", "NoneType"),
        ("in", "Chat"),
        ("out", "Chat"),
    ]
    assert seen[0].note == "several frames in one write"
    assert "type" in seen[2].note
    assert [each.at_s for each in seen] == sorted(each.at_s for each in seen)


async def test_the_verdict_that_was_told_is_in_the_report_with_its_time() -> None:
    async with open_server(FAST) as server, asyncio.timeout(WITHIN_S):
        right = await play_client(Job(TestId("seed-user-id"), UID), server.target, FAST)
        wrong_player = client(TestId("seed-user-id"), play=seeding(part("seed-user-id"), says=1))
        job = Job(TestId("seed-user-id"), UID, scenario=wrong_player)
        wrong = await play_client(job, server.target, FAST)
    assert right.verdict is True
    assert right.verdict_s is not None
    assert right.last_sent_s is not None
    assert right.verdict_s >= right.last_sent_s
    assert wrong.verdict is False


async def test_a_client_may_renew_on_a_new_connection() -> None:
    rules = replace(FAST, time_scale=0.004)
    async with open_server(rules) as server, asyncio.timeout(WITHIN_S):
        job = Job(TestId("2025-4_1"), UID, Habits(renews_anew=True))
        report = await play_client(job, server.target, rules)
        assert report.outcome is not None
        assert report.outcome.verdict == "pass"
        assert await verdicts(server, UID) == {"2025-4_1": "pass"}


async def test_events_of_a_closed_connection_are_not_those_of_the_next() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        for _ in range(5):
            await server.send(register_request(ctx))
            await server.close()
        await server.send(Chat(ctx.uid, "TEST 1 USER ID: 1"))
        await server.until(like(Chat), within=5.0)
        await server.close()
        await server.close()

    async with open_server(FAST) as server, asyncio.timeout(WITHIN_S):
        player = client(TestId("seed-user-id"), play=play)
        job = Job(TestId("seed-user-id"), UID, scenario=player)
        report = await play_client(job, server.target, FAST)
    assert report.outcome is not None
    assert "connection was closed" not in report.outcome.reason


async def test_a_server_that_is_not_there_is_trouble_and_no_exception() -> None:
    async with open_server(FAST) as server:
        target = server.target
    report = await play_client(Job(TestId("2024-a1-t1"), UID), target, FAST)
    assert "cannot be reached" in report.trouble
    assert report.outcome is None


async def test_a_server_that_hangs_up_ends_the_client() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with listener:
        offset = listener.sockets[0].getsockname()[1] - 4444
        job = Job(TestId("2024-a1-t2"), UID)
        async with asyncio.timeout(WITHIN_S):
            report = await play_client(job, Target("127.0.0.1", offset), FAST)
    assert report.outcome is not None
    assert "closed" in report.outcome.reason


async def test_leaving_the_load_generator_stops_its_clients() -> None:
    async with open_server(FAST) as server:
        jobs = [Job(TestId("2025-4_1"), UserId(UID + n)) for n in range(5)]
        jobs.insert(0, Job(TestId("seed-user-id"), UID))
        reports = play_clients(jobs, server.target, FAST, at_once=6)
        async with asyncio.timeout(WITHIN_S):
            first = await anext(reports)
            await reports.aclose()  # type: ignore[attr-defined]
        assert first.job.test == "seed-user-id"
        names = {task.get_coro().__name__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
        assert "play_client" not in names


@pytest.mark.parametrize("at_once", [1, 3])
async def test_no_more_clients_run_at_once_than_asked_for(at_once: int) -> None:
    async with open_server(FAST) as server:
        jobs = [Job(TestId("seed-user-id"), UserId(UID + n)) for n in range(7)]
        done = 0
        async with asyncio.timeout(WITHIN_S):
            async for report in play_clients(jobs, server.target, FAST, at_once=at_once):
                done += report.verdict is True
        assert done == 7
