"""The loop: tells who asked, in order, and survives whatever they do."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from holdfast.platform.balancer.loop import COMPACT_AT, Loop
from holdfast.platform.balancer.poller import IN, EpollPoller, PollPoller
from tests.support.fast_path import compiled_poller

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=[EpollPoller, PollPoller, compiled_poller])
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    made = Loop(request.param())
    yield made
    made.dispose()


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    made = [socket.socketpair() for _ in range(2)]
    yield made
    for ours, theirs in made:
        ours.close()
        theirs.close()


@dataclass
class Note:
    """A watcher that notes what it is told, then does what the test wants."""

    then: Callable[[], None] = lambda: None
    masks: list[int] = field(default_factory=list)
    faults: int = 0

    def on_event(self, mask: int) -> None:
        self.masks.append(mask)
        self.then()

    def on_fault(self) -> None:
        self.faults += 1


def fail() -> None:
    raise RuntimeError("a bug")


def test_timers_are_called_in_the_order_of_their_times(loop: Loop) -> None:
    called: list[str] = []
    for name, after_s in (("late", 0.02), ("early", 0.001), ("late too", 0.02)):
        loop.call_at(loop.now + after_s, lambda name=name: called.append(name))
    loop.call_at(loop.now + 0.03, loop.stop)
    loop.run()
    assert called == ["early", "late", "late too"]


def test_a_cancelled_timer_is_not_called(loop: Loop) -> None:
    timer = loop.call_at(loop.now, fail)
    timer.cancel()
    timer.cancel()
    loop.call_at(loop.now + 0.001, loop.stop)
    loop.run()


def test_a_timer_may_cancel_one_that_is_due_with_it(loop: Loop) -> None:
    called: list[str] = []
    second = loop.call_at(loop.now + 0.001, lambda: called.append("second"))
    loop.call_at(loop.now, second.cancel)
    loop.call_at(loop.now + 0.002, loop.stop)
    loop.run()
    assert called == []


def test_cancelled_timers_do_not_pile_up(loop: Loop) -> None:
    kept = loop.call_at(loop.now + 1e6, fail)
    for _ in range(20 * COMPACT_AT):
        loop.call_at(loop.now + 1e6, fail).cancel()
    assert len(loop._timers) <= COMPACT_AT + 2
    assert any(entry[2] is kept for entry in loop._timers)


def test_what_is_called_every_so_often_goes_on_after_an_error(
    loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    times: list[float] = []

    def note() -> None:
        times.append(loop.now)
        if len(times) == 3:
            loop.stop()
        fail()

    loop.call_every(0.001, note)
    loop.run()
    assert len(times) == 3
    assert "callback_failed" in caplog.text


def test_a_watcher_is_told_of_what_is_ready(loop: Loop, pairs: list[Pair]) -> None:
    (ours, theirs), _ = pairs
    note = Note(loop.stop)
    loop.watch(ours.fileno(), IN, note)
    theirs.send(b"x")
    loop.run()
    assert note.masks == [IN]


def test_another_watcher_takes_a_descriptor_over(loop: Loop, pairs: list[Pair]) -> None:
    (ours, theirs), _ = pairs
    second = Note(loop.stop)
    first = Note(lambda: (ours.recv(1), loop.hand_over(ours.fileno(), second), theirs.send(b"y")))
    loop.watch(ours.fileno(), IN, first)
    theirs.send(b"x")
    loop.run()
    assert (first.masks, second.masks) == ([IN], [IN])


def test_an_error_of_a_watcher_costs_only_itself(
    loop: Loop, pairs: list[Pair], caplog: pytest.LogCaptureFixture
) -> None:
    notes = [Note(fail), Note()]
    for (ours, theirs), note in zip(pairs, notes, strict=True):
        loop.watch(ours.fileno(), IN, note)
        theirs.send(b"x")
    loop.call_at(loop.now, loop.stop)
    loop.run()
    assert [note.faults for note in notes] == [1, 0]
    assert notes[1].masks == [IN]
    assert "watcher_failed" in caplog.text


def test_a_watcher_that_fails_after_it_has_let_go_is_not_told_again(
    loop: Loop, pairs: list[Pair], caplog: pytest.LogCaptureFixture
) -> None:
    (ours, theirs), _ = pairs

    def let_go_and_fail() -> None:
        loop.unwatch(ours.fileno())
        fail()

    note = Note(let_go_and_fail)
    loop.watch(ours.fileno(), IN, note)
    theirs.send(b"x")
    loop.call_at(loop.now, loop.stop)
    loop.run()
    assert note.faults == 0
    assert "watcher_failed" in caplog.text


def test_no_event_of_a_closed_socket_reaches_the_next_with_its_number(
    loop: Loop, pairs: list[Pair]
) -> None:
    def close_all_and_open_anew() -> None:
        for ours, _ in pairs:
            loop.close(ours)
        fresh = [socket.socket() for _ in range(3)]
        assert not {sock.fileno() for sock in fresh} & numbers, "closed only after the round"
        for sock in fresh:
            sock.close()

    numbers = {ours.fileno() for ours, _ in pairs}
    notes = [Note(close_all_and_open_anew), Note(close_all_and_open_anew)]
    for (ours, theirs), note in zip(pairs, notes, strict=True):
        loop.watch(ours.fileno(), IN, note)
        theirs.send(b"x")
    loop.turn()
    assert sum(len(note.masks) for note in notes) == 1, "the other one was closed in this round"
    assert all(ours.fileno() == -1 for ours, _ in pairs)


def test_unwatching_what_is_not_watched_is_harmless(loop: Loop, pairs: list[Pair]) -> None:
    loop.unwatch(pairs[0][0].fileno())
    loop.watch(pairs[0][0].fileno(), IN, Note())
    loop.unwatch(pairs[0][0].fileno())
    loop.unwatch(pairs[0][0].fileno())
