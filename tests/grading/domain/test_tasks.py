"""Coroutines of an attempt: stepped in order, dropped with their branches."""

from typing import Any

import pytest

from holdfast.grading.domain.events import Abandoned
from holdfast.grading.domain.requests import Overrun, Race, ScenarioFault, Sleep, perform
from holdfast.grading.domain.scenario import Background, Context, Peer, first_of
from holdfast.grading.domain.tasks import Branches, Divert, Ended, Pause, Tasks, Yielded
from holdfast.grading.domain.templates import like
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.wire.course import Chat
from tests.support.playing import Stageplay, chat


async def sleeps(*names: str) -> str:
    for _ in names:
        await perform(Sleep(1))
    return "".join(names)


def test_the_main_flow_yields_its_requests_and_ends() -> None:
    tasks = Tasks(8)
    tasks.start(sleeps("a"))
    step = tasks.step()
    assert isinstance(step, Yielded)
    assert step.request == Sleep(1)
    tasks.wait(step.task, Pause(1))
    assert tasks.waiting() == [(step.task, Pause(1))]
    assert not tasks.has_ready
    tasks.resume(step.task)
    assert tasks.step() == Ended(None)
    assert not tasks.is_alive


def test_a_race_wakes_its_parent_with_the_branch_that_ended() -> None:
    tasks = Tasks(8)

    async def main() -> None:
        assert await perform(Race((sleeps("slow"), sleeps()))) == (1, "")

    tasks.start(main())
    race = tasks.step()
    assert isinstance(race, Yielded)
    assert isinstance(race.request, Race)
    tasks.race(race.task, race.request)
    assert isinstance(race.task.wait, Branches)
    slow = tasks.step()
    assert isinstance(slow, Yielded)
    tasks.wait(slow.task, Pause(1))
    assert tasks.step() is None  # the quick branch has ended and wakes its parent
    assert slow.task.is_over
    assert tasks.step() == Ended(None)


def test_a_dropped_task_that_was_about_to_go_on_does_not() -> None:
    tasks = Tasks(8)
    number = tasks.spawn(sleeps("a"))
    tasks.cancel(number)
    assert tasks.has_ready
    assert tasks.step() is None
    assert not tasks.is_alive


def test_backgrounds_that_end_leave_no_trace() -> None:
    tasks = Tasks(8)
    number = tasks.spawn(sleeps())
    assert tasks.step() is None
    tasks.cancel(number)
    tasks.cancel(number + 1)
    assert not tasks.is_alive


def test_too_many_tasks_overrun_and_leave_nothing_behind() -> None:
    tasks = Tasks(1)
    tasks.start(sleeps("a"))
    with pytest.raises(Overrun):
        tasks.spawn(sleeps("b"))
    tasks.close()
    assert not tasks.is_alive


def test_a_message_goes_to_the_first_divert_that_wants_it() -> None:
    seen: list[str] = []

    def handler(name: str) -> Any:
        async def handle(message: Chat) -> None:
            seen.append(f"{name} {message.text}")

        return handle

    tasks = Tasks(8)
    first = tasks.divert(Divert("client", like(Chat, text="x"), handler("first")))
    tasks.divert(Divert("client", like(Chat), handler("second")))
    for text in ("x", "y"):
        assert tasks.take("client", chat(text))
    assert not tasks.take("bob", chat("x"))
    tasks.cancel(first)
    assert tasks.take("client", chat("x"))
    while tasks.has_ready:
        tasks.step()
    assert seen == ["second y", "second x"]  # the first one was cancelled before it began


def test_closing_reports_a_coroutine_that_refuses() -> None:
    async def stubborn() -> None:
        try:
            await perform(Sleep(1))
        finally:
            await perform(Sleep(1))

    tasks = Tasks(8)
    tasks.start(stubborn())
    tasks.step()
    with pytest.raises(ScenarioFault, match="while it was ended"):
        tasks.close()
    tasks.close()
    assert not tasks.is_alive


def test_a_background_may_cancel_itself() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        cells: list[Background] = []

        async def once(message: Chat) -> None:
            cells[0].cancel()
            await peer.send(chat("still sent, for nothing was awaited"))
            await ctx.sleep(0)
            await peer.send(chat("never sent"))

        cells.append(peer.background(like(Chat, text="x"), once))
        await ctx.sleep(2)

    stage = Stageplay.of(play)
    stage.got(chat("x"), 1)
    stage.got(chat("x"), 1.5)
    stage.tick(2)
    assert stage.texts == ["still sent, for nothing was awaited"]
    assert stage.outcome.verdict is Verdict.PASS


def test_a_cancelled_background_drops_its_branches() -> None:
    dropped: list[str] = []

    async def branch(ctx: Context, name: str) -> None:
        try:
            await ctx.sleep(100)
        finally:
            dropped.append(name)

    async def play(ctx: Context, peer: Peer) -> None:
        async def racing() -> None:
            await first_of(branch(ctx, "a"), branch(ctx, "b"))

        background = ctx.beside(racing())
        await ctx.sleep(1)
        background.cancel()
        await ctx.sleep(1)

    stage = Stageplay.of(play)
    stage.tick(1)
    assert dropped == ["a", "b"]
    stage.tick(2)
    assert stage.outcome.verdict is Verdict.PASS


def test_an_abandoned_attempt_runs_its_finally_blocks_once() -> None:
    ended: list[str] = []

    async def play(ctx: Context, peer: Peer) -> None:
        try:
            await first_of(ctx.after(5), ctx.after(6))
        finally:
            ended.append("once")

    stage = Stageplay.of(play)
    stage.tell(Abandoned("stop"), 1)
    assert ended == ["once"]
