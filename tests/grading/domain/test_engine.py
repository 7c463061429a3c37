"""The engine: whatever a scenario or a peer does, there is a verdict, and replay repeats it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.grading.domain.events import (
    Abandoned,
    Answered,
    Closed,
    Cut,
    EngineLimits,
    Joined,
    Overheard,
    Reaction,
    Stalled,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.requests import CpuOverrun, Unanswered
from holdfast.grading.domain.scenario import Context, Diverged, Peer, first_of
from holdfast.grading.domain.templates import contains, like, matching
from holdfast.grading.domain.transcript import EntryKind, Mismatch
from holdfast.grading.domain.verdict import CheckState, Verdict
from holdfast.grading.wire.course import Chat, ErrorReply, Register, Registered
from tests.support.playing import UID, Stageplay, chat, frame_of

INFRASTRUCTURE = Verdict.INFRASTRUCTURE


# Endings


def test_an_attempt_that_reaches_and_passes_every_check_passes() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", True)
        ctx.announce(passed=chat("PASSED"), failed=chat("FAILED"))

    outcome = Stageplay.of(play, "one").outcome
    assert outcome.verdict is Verdict.PASS
    assert outcome.reason == "Every check passed."
    assert outcome.announcement == frame_of(chat("PASSED")).raw


def test_an_attempt_that_leaves_a_check_unreached_proves_nothing() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.announce(passed=chat("PASSED"), failed=chat("FAILED"))

    outcome = Stageplay.of(play, "one", "two").outcome
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.reason == "The test ended without reaching: one, two."
    assert outcome.announcement == b""


def test_a_failed_attempt_announces_its_failure() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.announce(passed=chat("PASSED"), failed=chat("FAILED"))
        ctx.require("one", False, hint="it is wrong")

    outcome = Stageplay.of(play, "one").outcome
    assert outcome.announcement == frame_of(chat("FAILED")).raw
    assert outcome.reason == "it is wrong"


def test_a_test_that_announces_nothing_stays_silent() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.announce(passed=chat("PASSED"), failed=chat("FAILED"))

    assert Stageplay.of(play, announces=False).outcome.announcement == b""
    assert Stageplay.of(play).outcome.announcement != b""


def test_a_check_that_failed_stays_failed() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", False, hint="wrong")
        ctx.check("one", True)
        ctx.check("one", False, hint="wrong again")

    stage = Stageplay.of(play, "one")
    assert stage.outcome.verdict is Verdict.FAIL
    assert stage.hint("one") == "wrong"


def test_a_check_that_passed_may_still_fail() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", True)
        ctx.check("one", False, hint="later wrong")

    assert Stageplay.of(play, "one").state("one") is CheckState.FAIL


def test_a_failure_without_a_hint_says_what_the_check_means() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", False)

    assert Stageplay.of(play, "one").outcome.reason == "one is right"


def test_the_first_failure_is_the_reason() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", False, hint="first")
        await peer.expect(chat("x"), within=1, check="two")

    stage = Stageplay.of(play, "one", "two")
    stage.tick(1)
    assert stage.outcome.reason == "first"
    assert stage.hint("two").startswith("Nothing came within 1 s")


def test_an_undecided_attempt_with_a_failed_check_is_no_pass() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", False)
        ctx.undecided("whatever")

    assert Stageplay.of(play, "one").outcome.verdict is Verdict.INCONCLUSIVE


def test_an_ended_attempt_reacts_to_nothing() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        pass

    stage = Stageplay.of(play)
    assert stage.got(chat("x"), 1) == Reaction()
    assert len(stage.engine.transcript().entries) == 0


def test_a_node_that_stops_abandons_its_attempts() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", True)
        await ctx.sleep(100)

    stage = Stageplay.of(play, "one", "two")
    stage.tell(Abandoned("The server was stopped."), 3)
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert stage.outcome.reason == "The server was stopped."
    assert [each.state for each in stage.outcome.checks] == [
        CheckState.PASS,
        CheckState.NOT_REACHED,
    ]


# Time


def test_a_tick_before_a_deadline_does_nothing() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(2)

    stage = Stageplay.of(play)
    assert stage.tick(1).wake_at == 2
    assert stage.is_running
    assert stage.engine.transcript().entries == ()


def test_a_message_that_was_read_late_still_counts() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect(chat("x"), within=2)

    stage = Stageplay.of(play)
    stage.got(chat("x"), 2.5)
    assert stage.outcome.verdict is Verdict.PASS


def test_time_never_runs_backwards() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect(chat("a"), within=5)
        await peer.expect(chat("b"), within=5)
        ctx.note(f"{ctx.now}")

    stage = Stageplay.of(play)
    stage.got(chat("a"), 3)
    stage.got(chat("b"), 1)
    assert stage.engine.transcript().entries[-1].text == "3.0"


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_sleep_of_nothing_ends_at_once(seconds: float) -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(seconds)

    assert Stageplay.of(play).outcome.verdict is Verdict.PASS


def test_many_deadlines_that_passed_are_handled_in_their_order() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        async def later(seconds: float) -> None:
            await ctx.sleep(seconds)
            ctx.note(f"{seconds:g}")

        for seconds in (3, 1, 2):
            ctx.beside(later(seconds))
        await ctx.sleep(4)

    stage = Stageplay.of(play)
    stage.tick(10)
    notes = [each.text for each in stage.engine.transcript().entries if each.kind == "note"]
    assert notes == ["1", "2", "3"]


# What a divergence says


def test_a_near_miss_is_told_with_the_entry_where_it_shows() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(chat("hello"), within=2, check="echo")

    stage = Stageplay.of(play, "echo")
    stage.got(ErrorReply("unrelated"), 0.5)
    stage.got(chat("hello\n"), 0.6)
    stage.got(chat("xyz"), 0.7)
    stage.tick(2)
    assert stage.hint("echo") == (
        'In your Chat, text differs from byte 5 on: expected "hello", got "hello\\n". '
        "`text` ends with a line end (0a). Take it off before you send the text: reading a line "
        "may keep it."
    )
    divergence = stage.engine.transcript().divergence
    assert divergence is not None
    assert stage.engine.transcript().entries[divergence.entry].at_s == 0.6
    comment = "it has an extra line end"
    assert divergence.mismatch == Mismatch("text", '"hello"', '"hello\\n"', 5, comment)


def test_what_looks_odd_is_told_behind_a_known_mistake_and_another_kind_too() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        wrong = {like(Chat, text=contains("hello")): "There is more text around it."}
        await peer.until(chat("hello"), within=2, wrong=wrong)

    stage = Stageplay.of(play)
    stage.got(chat("hello\0"), 1)
    assert stage.outcome.reason.startswith("There is more text around it. `text` ends with a zero")
    stage = Stageplay.of(play)
    stage.got(ErrorReply("hello\0"), 1)
    stage.tick(2)
    assert "but an ErrorReply came. `text` ends with a zero byte" in stage.outcome.reason


def test_a_message_that_only_looks_odd_still_counts_and_the_transcript_says_it() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        first = await peer.until(like(Chat, text=contains("hello")), within=2, check="a")
        assert "line end" in ctx.suspicion(first)
        assert ctx.suspicion(chat("hello")) == ""

    stage = Stageplay.of(play, "a")
    stage.got(chat("hello\n"), 1)
    assert stage.outcome.verdict is Verdict.PASS
    assert "line end" in stage.engine.transcript().entries[0].text


def test_nothing_is_told_as_nothing() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(like(Chat), within=2)

    stage = Stageplay.of(play)
    stage.tick(2)
    assert stage.outcome.reason == "Nothing came within 2 s; expected a Chat."
    divergence = stage.engine.transcript().divergence
    assert divergence is not None
    assert stage.engine.transcript().entries[divergence.entry].kind is EntryKind.TICK


def test_bytes_that_are_no_frame_explain_a_time_out() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(chat("hello"), within=2)

    stage = Stageplay.of(play)
    stage.got(chat("near"), 0.4)
    stage.got_garbage("These are little-endian.", 0.5)
    stage.tick(2)
    assert stage.outcome.reason == "These are little-endian."


def test_expect_diverges_at_once_on_bytes_that_are_no_frame() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect(chat("hello"), within=2)

    stage = Stageplay.of(play)
    stage.got_garbage("These are little-endian.", 0.5)
    assert stage.outcome.reason == "These are little-endian."


def test_bytes_that_were_no_frame_explain_later_waits_too() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        try:
            await peer.until(chat("a"), within=1)
        except Diverged:
            await peer.until(chat("b"), within=1, check="b")

    stage = Stageplay.of(play, "b")
    stage.got_garbage("A raw string.", 0.5)
    stage.tick(1)
    stage.tick(2)
    assert stage.hint("b") == "A raw string."


def test_an_unfinished_frame_explains_a_time_out() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(chat("hello"), within=2)

    stage = Stageplay.of(play)
    stage.got(chat("near"), 0.5)
    stage.tell(Stalled("client", b"\0\0", "The length is twice too large."), 2)
    stage.tick(2)
    assert stage.outcome.reason == "The length is twice too large."


def test_an_unfinished_frame_that_was_finished_explains_nothing() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(chat("hello"), within=2)

    stage = Stageplay.of(play)
    stage.tell(Stalled("client", b"\0\0", "The length is twice too large."), 1)
    stage.got(ErrorReply("so it was whole"), 1.5)
    stage.tick(2)
    expected = 'Expected a Chat with recipient 1234, text "hello", but an ErrorReply came.'
    assert stage.outcome.reason == expected


def test_a_peer_that_closes_is_told_so_after_its_messages() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(1)
        await peer.expect(chat("a"), within=2)
        assert peer.is_closed
        await peer.send(chat("into the void"))
        await peer.until(chat("b"), within=2)

    stage = Stageplay.of(play)
    stage.got(chat("a"), 0.1)
    stage.tell(Closed("client"), 0.2)
    stage.tick(1)
    assert stage.sent == []
    assert stage.outcome.reason == (
        'The connection was closed while a Chat with recipient 1234, text "b" was expected.'
    )
    assert "not sent: client has closed" in [e.text for e in stage.engine.transcript().entries]


def test_a_near_miss_before_a_close_is_told() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(chat("hello"), within=2)

    stage = Stageplay.of(play)
    stage.got(chat("hallo"), 0.1)
    stage.tell(Closed("client"), 0.2)
    expected = 'In your Chat, text differs from byte 1 on: expected "hello", got "hallo".'
    assert stage.outcome.reason == expected


def test_half_a_message_before_a_close_is_told_with_the_close() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(chat("hello"), within=2)

    stage = Stageplay.of(play)
    stage.tell(Stalled("client", b"\0\0", "The frame is not finished."), 0.1)
    stage.tell(Closed("client"), 0.2)
    expected = "The frame is not finished. Then the connection was closed."
    assert stage.outcome.reason == expected


def test_a_test_that_does_not_need_its_peer_survives_a_close() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        lease = await ctx.ask_lease()
        await ctx.sleep(5)
        ctx.require("lease", lease is None)

    stage = Stageplay.of(play, "lease")
    stage.tell(Closed("client"), 0.1)
    stage.tell(Closed("client"), 0.2)
    stage.tell(Answered(stage.asks[0].id, None), 0.3)
    stage.tick(5.3)
    assert stage.outcome.verdict is Verdict.PASS


# Scenarios that go wrong


def test_a_scenario_that_raises_is_our_fault() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", True)
        ctx.announce(passed=chat("PASSED"), failed=chat("FAILED"))
        await ctx.sleep(1)
        raise ValueError("a secret of the teacher")

    stage = Stageplay.of(play, "one")
    stage.tick(1)
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert "secret" not in stage.outcome.reason
    assert "secret" not in str(stage.engine.transcript())
    assert "ValueError: a secret of the teacher" in stage.outcome.teacher_note
    assert "domain/test_engine.py:" in stage.outcome.teacher_note
    assert stage.outcome.announcement == b""


@pytest.mark.parametrize("raised", [SystemExit, GeneratorExit, RecursionError, MemoryError])
def test_whatever_a_scenario_raises_the_engine_returns(raised: type[BaseException]) -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        raise raised

    assert Stageplay.of(play).outcome.verdict is INFRASTRUCTURE


def test_only_the_operators_interrupt_goes_through() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Stageplay.of(play)


def test_a_loop_that_waits_for_nothing_is_stopped() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        while True:
            await ctx.sleep(0)

    stage = Stageplay.of(play, limits=EngineLimits(steps_per_event=100))
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert "more than 100 awaits for one event" in stage.outcome.teacher_note


def test_a_scenario_cannot_catch_its_limits_by_accident() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        while True:
            try:
                await peer.send(chat("x"))
            except Exception:
                ctx.note("caught")

    stage = Stageplay.of(play, limits=EngineLimits(sent_frames=10))
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert len(stage.sent) == 10
    assert "more than 10 frames sent" in stage.outcome.teacher_note


def test_a_scenario_that_sends_too_many_bytes_is_stopped() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        while True:
            await peer.send(bytes(60))

    stage = Stageplay.of(play, limits=EngineLimits(sent_bytes=200))
    assert "more than 200 bytes sent" in stage.outcome.teacher_note


def test_a_scenario_that_writes_too_much_is_stopped() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        while True:
            ctx.note("x")

    stage = Stageplay.of(play, limits=EngineLimits(entries=50))
    assert "more than 50 transcript entries" in stage.outcome.teacher_note
    assert len(stage.engine.transcript().entries) == 50


def test_a_scenario_that_lasts_too_long_is_stopped() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(float("inf"))

    stage = Stageplay.of(play, limits=EngineLimits(wall_s=30))
    assert stage.wake_at == 30
    stage.tick(30)
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert "longer than 30 s" in stage.outcome.teacher_note


def test_a_scenario_that_branches_without_end_is_stopped() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        while True:
            ctx.beside(ctx.sleep(1))

    stage = Stageplay.of(play, limits=EngineLimits(tasks=20))
    assert "more than 20" in stage.outcome.teacher_note


def test_a_scenario_that_diverts_without_end_is_stopped() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        async def handle(message: Chat) -> None:
            """Do nothing."""

        while True:
            peer.background(like(Chat), handle)

    stage = Stageplay.of(play, limits=EngineLimits(tasks=20))
    assert "more than 20 backgrounds" in stage.outcome.teacher_note


def test_an_overrun_in_a_branch_ends_the_attempt() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        async def flood() -> None:
            while True:
                await peer.send(chat("x"))

        try:
            await first_of(flood(), ctx.after(1))
        except BaseException:
            ctx.note("never reached")

    stage = Stageplay.of(play, limits=EngineLimits(sent_frames=3))
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert "never reached" not in str(stage.engine.transcript())


class Foreign:
    """Something to await that is not of the language."""

    def __await__(self) -> Iterator[str]:
        yield "a future of somebody else"


def test_a_scenario_cannot_await_what_is_not_of_the_language() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await Foreign()

    stage = Stageplay.of(play)
    assert "cannot await 'a future of somebody else'" in stage.outcome.teacher_note


def test_a_race_of_nobody_is_our_fault() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await first_of()

    assert Stageplay.of(play).outcome.verdict is INFRASTRUCTURE


def test_a_check_that_was_not_promised_is_our_fault() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("typo", True)

    assert "no check 'typo'" in Stageplay.of(play, "type").outcome.teacher_note


def test_a_message_that_cannot_be_written_is_our_fault() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.send(chat("x" * 70_000))

    assert "Chat.text" in Stageplay.of(play).outcome.teacher_note


def test_a_predicate_that_raises_is_our_fault() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        broken = matching(lambda value: value > 3, "greater")  # type: ignore[operator]
        await peer.until(like(Chat, text=broken), within=3)

    stage = Stageplay.of(play)
    stage.got(chat("x"), 1)
    assert stage.outcome.verdict is INFRASTRUCTURE


def test_a_play_that_is_no_coroutine_is_our_fault() -> None:
    def play(ctx: Context, peer: Peer) -> None:
        pass

    assert Stageplay.of(play).outcome.verdict is INFRASTRUCTURE  # type: ignore[arg-type]


def test_what_a_scenario_does_while_it_is_ended_has_no_effect() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        try:
            await ctx.sleep(100)
        finally:
            await peer.send(chat("too late"))
            await peer.close()
            ctx.note("too late")
            ctx.check("one", False)

    stage = Stageplay.of(play, "one")
    stage.tell(Abandoned("stop"), 1)
    assert stage.actions == []
    assert stage.outcome.checks[0].state is CheckState.NOT_REACHED


def test_a_scenario_that_will_not_end_is_ended() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.beside(stubborn(ctx))
        await ctx.sleep(1)

    async def stubborn(ctx: Context) -> None:
        try:
            await ctx.sleep(100)
        finally:
            await ctx.sleep(100)

    stage = Stageplay.of(play)
    stage.tick(1)
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert "awaited something while it was ended" in stage.outcome.teacher_note


def test_an_interrupt_while_ending_goes_through() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        try:
            await ctx.sleep(100)
        finally:
            raise KeyboardInterrupt

    stage = Stageplay.of(play)
    with pytest.raises(KeyboardInterrupt):
        stage.tell(Abandoned("stop"), 1)


# The guard for processor time


class Fuse:
    """A guard that cuts the step with this number."""

    def __init__(self, cut: int) -> None:
        self.steps = 0
        self._cut = cut

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.steps += 1
        yield
        if self.steps == self._cut:
            raise CpuOverrun("too much")


async def answering(ctx: Context, peer: Peer) -> None:
    await peer.send(chat("one"))
    ctx.check("one", True)
    await peer.expect(chat("a"), within=5)
    await peer.send(chat("two"))
    ctx.check("two", False, hint="wrong")
    await peer.expect(chat("b"), within=5)


def test_a_step_that_was_cut_never_happened() -> None:
    stage = Stageplay.of(answering, "one", "two", guard=Fuse(2))
    reaction = stage.got(chat("a"), 1)
    assert reaction.actions == ()
    assert stage.texts == ["one"]
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert stage.state("one") is CheckState.PASS
    assert stage.state("two") is CheckState.NOT_REACHED
    assert stage.engine.transcript().divergence is None
    assert "CpuOverrun: too much" in stage.outcome.teacher_note
    assert stage.engine.transcript().entries[-1].kind is EntryKind.CUT
    assert stage.replays()


def test_a_scenario_that_is_cut_at_its_start_replays_too() -> None:
    stage = Stageplay.of(answering, "one", "two", guard=Fuse(1))
    assert stage.sent == []
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert stage.replays()


def test_a_cut_can_be_told() -> None:
    stage = Stageplay.of(answering, "one", "two")
    stage.tell(Cut("in the original"), 1)
    assert stage.outcome.teacher_note == "in the original"


# Peers that go wrong


async def listening(ctx: Context, peer: Peer) -> None:
    await peer.until(ErrorReply("never"), within=1000, check="heard")


def test_a_flood_of_messages_fails_the_attempt_and_stays_bounded() -> None:
    stage = Stageplay.of(listening, "heard", limits=EngineLimits(received_frames=50))
    for _ in range(1000):
        stage.got(chat("x"), 1)
    assert stage.outcome.verdict is Verdict.FAIL
    assert stage.outcome.reason == "Your program sent more than 50 messages in one test."
    assert len(stage.engine.transcript().entries) == 51


def test_a_flood_of_bytes_fails_the_attempt() -> None:
    stage = Stageplay.of(listening, "heard", limits=EngineLimits(received_bytes=1000))
    for _ in range(1000):
        stage.got_garbage("x", 1, raw=bytes(100))
    assert stage.outcome.reason == "Your program sent more than 1000 bytes in one test."
    assert len(stage.engine.transcript().entries) == 11


def test_a_flood_never_betters_a_verdict() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", False, hint="wrong from the beginning")
        await ctx.sleep(100)

    stage = Stageplay.of(play, "one", limits=EngineLimits(received_frames=1))
    stage.got(chat("x"), 1)
    stage.got(chat("x"), 1)
    assert stage.engine.transcript().divergence is not None
    assert stage.engine.transcript().divergence.hint == "wrong from the beginning"


def test_frames_that_were_not_for_the_scenario_are_kept_up_to_a_bound() -> None:
    stage = Stageplay.of(listening, "heard", limits=EngineLimits(overheard=3))
    hello = frame_of(Register(UID, "localhost", 4444))
    stage.tell(Overheard("client", hello, incoming=True), 1)
    stage.tell(Overheard("client", frame_of(Registered()), incoming=False), 1)
    for _ in range(10):
        stage.tell(Overheard("client", hello, incoming=True), 2)
    kinds = [entry.kind.value for entry in stage.engine.transcript().entries]
    assert kinds == ["overheard", "answered for", "overheard"]
    assert stage.is_running


def test_an_event_that_means_nothing_still_lets_time_pass_in_the_transcript() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(1)
        await peer.send(chat("late"))
        await ctx.sleep(10)

    stage = Stageplay.of(play, limits=EngineLimits(overheard=0))
    stage.tell(Answered(7, None), 0.5)
    assert stage.engine.transcript().entries == ()
    stage.tell(Answered(7, None), 1.5)
    stage.tell(Overheard("client", frame_of(Registered()), incoming=True), 12)
    assert stage.outcome.verdict is Verdict.PASS
    assert stage.replays()


def test_long_explanations_and_reasons_replay() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.ask_lease()

    long = "x" * 5000 + "\0\ud800"
    stage = Stageplay.of(listening, "heard")
    stage.got_garbage(long, 1)
    stage.tell(Stalled("client", b"\0", long), 2)
    stage.tell(Closed("client"), 3)
    assert stage.outcome.verdict is Verdict.FAIL
    assert stage.replays()
    for reason in (long, ""):
        asking = Stageplay.of(play)
        asking.tell(Answered(asking.asks[0].id, Unanswered(reason)), 1)
        assert asking.outcome.verdict is INFRASTRUCTURE
        assert asking.replays()
        stopped = Stageplay.of(play)
        stopped.tell(Abandoned(reason), 1)
        assert stopped.replays()


# Determinism


async def lively(ctx: Context, peer: Peer) -> None:
    """A bit of everything."""

    async def echo(message: Chat) -> None:
        await ctx.sleep(ctx.rand.random())
        await peer.send(message)

    echoes = peer.background(like(Chat, text=matching(lambda t: "e" in str(t), "an e")), echo)
    ctx.beside(ctx.sleep(3))
    for turn in range(ctx.rand.randint(1, 4)):
        lease = await ctx.ask_lease()
        ctx.note(f"{turn} {lease}")
        which, _ = await first_of(
            peer.until(chat("a"), within=2), peer.expect(chat("b"), within=3), ctx.after(2.5)
        )
        await peer.send(chat(f"{which} {ctx.now}"))
    echoes.cancel()
    await ctx.join("client", "bob", within=4)
    await peer.until(chat("end"), within=2, check="end", wrong={chat("e"): "an echo"})


EVENTS = st.one_of(
    st.sampled_from(["a", "b", "e", "end", "x"]).map(lambda text: ("chat", text)),
    st.sampled_from(["garbage", "stalled", "closed", "answer", "bob", "tick", "overheard"]).map(
        lambda kind: (kind, "")
    ),
)


def tell(stage: Stageplay, kind: str, text: str, at: float) -> None:
    match kind:
        case "chat":
            stage.got(chat(text), at)
        case "garbage":
            stage.got_garbage("garbage", at)
        case "stalled":
            stage.tell(Stalled("client", b"\0", "unfinished"), at)
        case "closed":
            stage.tell(Closed("client"), at)
        case "answer" if stage.asks:
            stage.tell(Answered(stage.asks[-1].id, None), at)
        case "bob":
            stage.tell(Joined("bob"), at)
        case "overheard":
            stage.tell(Overheard("client", frame_of(Registered()), incoming=False), at)
        case _:
            stage.tell(Tick(), at)


STEPS = st.lists(st.tuples(st.floats(0, 1), EVENTS), max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=4), STEPS)
def test_replay_of_any_transcript_gives_the_same_bytes(
    seed: str, steps: list[tuple[float, tuple[str, str]]]
) -> None:
    stage = Stageplay.of(lively, "end", seed=seed)
    at = 0.0
    for gap, (kind, text) in steps:
        at = round(at + gap, 6)
        tell(stage, kind, text, at)
        assert stage.replays()
    assert stage.replays()


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_failed_attempt_never_passes_whatever_comes_later(
    steps: list[tuple[float, tuple[str, str]]],
) -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.check("one", False, hint="wrong")
        await lively(ctx, peer)

    stage = Stageplay.of(play, "one", "end")
    at = 0.0
    for gap, (kind, text) in steps:
        at += gap
        tell(stage, kind, text, at)
    stage.tick(at + 10_000)
    assert stage.outcome.verdict is not Verdict.PASS


def test_a_trigger_that_is_no_chat_is_none() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.trigger  # noqa: B018

    for trigger in (b"?", frame_of(Registered()).raw):
        stage = Stageplay.of(play, trigger=trigger)
        assert "not started by a trigger" in stage.outcome.teacher_note


def test_limits_travel_with_the_transcript() -> None:
    limits = replace(EngineLimits(), received_frames=7)
    stage = Stageplay.of(listening, "heard", limits=limits)
    assert stage.engine.transcript().brief.limits == limits


# Messages that waited to be read


async def hears_two(ctx: Context, peer: Peer) -> None:
    for name in ("one", "two"):
        await peer.until(chat(name), within=1, check=name)


def test_messages_that_came_in_time_are_all_taken_before_the_deadline_is_looked_at() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await first_of(peer.until(chat("two"), within=2), ctx.after(1))
        await peer.send(chat("over"))

    stage = Stageplay.of(play)
    stage.got(chat("one"), 5, waited_s=4.8)
    assert stage.is_running
    assert stage.wake_at == 1
    stage.got_garbage("noise", 5)  # had not waited: by now the time is over
    assert stage.texts == ["over"]
    stage = Stageplay.of(play)
    stage.got(chat("one"), 5, waited_s=4.8)
    stage.tell(Undecodable("client", b"??", "noise"), 5, waited_s=4.7)
    overheard = Overheard("client", frame_of(chat("GO")), incoming=True)
    stage.tell(overheard, 5, waited_s=4.6)
    assert stage.texts == []
    stage.got(chat("two"), 5, waited_s=4.5)
    assert stage.texts == ["over"]
    assert stage.replays()


def test_a_deadline_before_a_message_came_is_looked_at_although_it_waited() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(1)
        await peer.send(chat(f"now {ctx.now:g}"))
        await ctx.sleep(9)

    stage = Stageplay.of(play)
    stage.got(chat("one"), 5, waited_s=3.5)
    assert stage.texts == ["now 5"]  # what is sent has its true time
    assert stage.wake_at == 14
    assert stage.replays()


def test_a_wait_that_begins_after_a_late_message_lasts_from_now() -> None:
    stage = Stageplay.of(hears_two, "one", "two")
    stage.got(chat("one"), 5, waited_s=4.5)
    assert stage.wake_at == 6
    stage.tick(5.9)
    assert stage.is_running
    stage.got(chat("two"), 6.5, waited_s=0.6)
    assert stage.outcome.verdict is Verdict.PASS
    assert stage.replays()


def test_when_a_message_came_is_kept_and_never_before_the_beginning() -> None:
    came: list[float] = []

    async def play(ctx: Context, peer: Peer) -> None:
        for _ in range(4):
            came.append(ctx.came_at(await peer.expect(like(Chat), within=9)))
        came.append(ctx.came_at(chat("not received")))

    stage = Stageplay.of(play)
    for at, waited_s in ((1.0, 0.0), (2.0, 1.5), (3.0, 99.0), (4.0, -1.0)):
        stage.got(chat("x"), at, waited_s=waited_s)
    assert came == [1.0, 0.5, 0.0, 4.0, 4.0]
    waits = [e.waited_s for e in stage.engine.transcript().entries if e.kind.value == "received"]
    assert waits == [0.0, 1.5, 3.0, 0.0]
    assert stage.replays()


def test_too_much_that_is_overheard_still_tells_how_late_it_is() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(1)
        await peer.send(chat("over"))

    stage = Stageplay.of(play, limits=EngineLimits(overheard=0))
    overheard = Overheard("client", frame_of(chat("GO")), incoming=True)
    stage.tell(overheard, 5, waited_s=4.5)
    assert stage.texts == []
    stage.tell(overheard, 5, waited_s=3.5)
    assert stage.texts == ["over"]
    assert stage.replays()


def test_the_longest_test_is_over_whatever_waits() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(99)

    stage = Stageplay.of(play, limits=EngineLimits(wall_s=10))
    stage.got(chat("x"), 20, waited_s=19)
    assert stage.outcome.verdict is INFRASTRUCTURE
    assert stage.replays()
