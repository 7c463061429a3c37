"""The language of scenarios, each word once, played by the engine."""

import pytest

from holdfast.grading.domain.events import Answered, Closed, Joined, Send
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.requests import AskLease, Unanswered
from holdfast.grading.domain.roster import Source
from holdfast.grading.domain.scenario import About, Context, Diverged, Peer, Trigger, first_of
from holdfast.grading.domain.templates import ANY, capture, compare, contains, like, starts_with
from holdfast.grading.domain.verdict import CheckState, Verdict
from holdfast.grading.wire.course import Chat, ErrorReply
from tests.support.playing import UID, Stageplay, chat

PASS, FAIL = Verdict.PASS, Verdict.FAIL
LEASE = Lease(UID, Source("192.0.2.7", 1), 5.0, 5.0, 295.0, 0)


def test_a_trigger_matches_exactly_or_by_its_prefix() -> None:
    assert Trigger("GO").matches(chat("GO"))
    assert not Trigger("GO").matches(chat("GO!"))
    assert Trigger("GO", prefix=True).matches(chat("GO!"))
    assert Trigger("GO", recipient=7777).matches(chat("GO", 7777))
    assert not Trigger("GO", recipient=7777).matches(chat("GO"))


def test_a_scenario_sends_and_expects() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.send(chat("ping"))
        await peer.send(b"\x00\x05bytes")
        answer = await peer.expect(like(Chat, text=starts_with("po")), within=2, check="answer")
        ctx.note(f"got {answer.text}")

    stage = Stageplay.of(play, "answer")
    assert stage.sent == [chat("ping"), b"\x00\x05bytes"]
    assert stage.wake_at == 2
    stage.got(chat("pong"), 1.5)
    assert stage.outcome.verdict is PASS
    assert stage.state("answer") is CheckState.PASS


def test_expect_wants_the_next_message() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect(chat("b"), within=2, check="next")

    stage = Stageplay.of(play, "next")
    stage.got(chat("a"), 1)
    assert stage.outcome.verdict is FAIL
    assert 'expected "b", got "a"' in stage.hint("next")


def test_until_skips_others() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.until(chat("b"), within=2, check="found")

    stage = Stageplay.of(play, "found")
    stage.got(chat("a"), 1)
    stage.got(ErrorReply("no"), 1)
    stage.got(chat("b"), 1.9)
    assert stage.outcome.verdict is PASS


def test_a_known_wrong_answer_ends_until_at_once_with_its_hint() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        wrong = {like(Chat, text=contains("ping")): "That is our own text."}
        await peer.until(chat("pong"), within=2, check="answer", wrong=wrong)

    stage = Stageplay.of(play, "answer")
    stage.got(chat("other"), 0.5)
    stage.got(chat("ping"), 1)
    assert stage.outcome.reason == "That is our own text."
    assert stage.engine.transcript().divergence is not None
    assert stage.engine.transcript().divergence.entry == 1


def test_a_known_wrong_answer_that_is_not_final_is_kept_for_the_time_out() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        wrong = {like(Chat, text=contains("ping")): "That is our own text."}
        await peer.until(chat("pong"), within=2, wrong=wrong, wrong_is_final=False)

    late = Stageplay.of(play)
    late.got(chat("ping"), 1)
    assert late.is_running
    late.got(chat("pong"), 1.5)
    assert late.outcome.verdict is PASS

    never = Stageplay.of(play)
    never.got(chat("ping"), 1)
    never.got(chat("pin"), 1.2)
    never.tick(2)
    assert never.outcome.reason == "That is our own text."


def test_expect_too_knows_wrong_answers() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect(chat("pong"), within=2, wrong={chat("ping"): "An echo."})

    stage = Stageplay.of(play)
    stage.got(chat("ping"), 1)
    assert stage.outcome.reason == "An echo."


def test_silence_passes_with_time_and_fails_with_a_message() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect_silence(
            2, like(Chat, text=ANY), check="silent", hint="Only the first one is echoed."
        )

    silent = Stageplay.of(play, "silent")
    silent.got(ErrorReply("others do not matter"), 1)
    silent.got_garbage("nor do these", 1)
    silent.tick(2)
    assert silent.state("silent") is CheckState.PASS

    loud = Stageplay.of(play, "silent")
    loud.got(chat("x"), 1)
    assert loud.hint("silent") == (
        'Only the first one is echoed. It was a Chat with recipient 1234, text "x".'
    )

    gone = Stageplay.of(play, "silent")
    gone.tell(Closed("client"), 1)
    assert gone.outcome.verdict is PASS


def test_any_message_breaks_a_silence_without_a_template() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect_silence(2)

    stage = Stageplay.of(play)
    stage.got(ErrorReply("x"), 1)
    assert stage.outcome.reason == 'Nothing was expected, but an ErrorReply with text "x" came.'


def test_a_close_can_be_expected() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect_close(2, check="closed")

    closes = Stageplay.of(play, "closed")
    closes.got(chat("skipped"), 1)
    closes.got_garbage("skipped", 1)
    closes.tell(Closed("client"), 1.5)
    assert closes.state("closed") is CheckState.PASS

    stays = Stageplay.of(play, "closed")
    stays.tick(2)
    assert stays.hint("closed") == "The connection was not closed within 2 s."


def test_a_background_takes_its_messages_beside_the_main_flow() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        async def renew(message: Chat) -> None:
            await ctx.sleep(0.1)
            await peer.send(chat(f"renewed {message.text}"))

        renewals = peer.background(like(Chat, text=starts_with("renew")), renew)
        await peer.expect(chat("one"), within=5)
        renewals.cancel()
        renewals.cancel()
        await peer.expect(chat("renew 3"), within=5)

    stage = Stageplay.of(play)
    stage.got(chat("renew 1"), 0.5)
    stage.got(chat("renew 2"), 0.55)
    stage.tick(0.6)
    stage.tick(0.7)
    assert stage.texts == ["renewed renew 1", "renewed renew 2"]
    stage.got(chat("one"), 1)
    stage.got(chat("renew 3"), 2)
    assert stage.outcome.verdict is PASS


def test_a_background_takes_what_waits_already() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        async def answer(message: Chat) -> None:
            await peer.send(chat(f"re {message.text}"))

        await ctx.sleep(1)
        peer.background(like(Chat), answer)
        await peer.expect(ErrorReply("end"), within=5)

    stage = Stageplay.of(play)
    stage.got(chat("a"), 0.2)
    stage.got(ErrorReply("end"), 0.3)
    stage.got(chat("b"), 0.4)
    stage.tick(1)
    assert sorted(stage.texts) == ["re a", "re b"]
    assert stage.outcome.verdict is PASS


def test_a_background_that_diverges_fails_the_attempt() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        async def refuse(message: Chat) -> None:
            raise Diverged(f"{message.text} is not allowed")

        peer.background(like(Chat), refuse)
        await ctx.sleep(10)

    stage = Stageplay.of(play)
    stage.got(chat("x"), 1)
    assert (stage.outcome.verdict, stage.outcome.reason) == (FAIL, "x is not allowed")


def test_something_may_run_beside_the_main_flow() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        async def beat() -> None:
            while True:
                await peer.send(chat(f"beat {ctx.now:g}"))
                await ctx.sleep(1)

        ctx.beside(beat())
        await ctx.sleep(2.5)

    stage = Stageplay.of(play)
    for at in (1, 2, 2.5):
        stage.tick(at)
    assert stage.texts == ["beat 0", "beat 1", "beat 2"]
    assert stage.outcome.verdict is PASS


def test_the_first_of_several_wins_and_the_others_are_dropped() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        which, value = await first_of(
            peer.until(chat("a"), within=5),
            peer.until(like(Chat, text=starts_with("b")), within=5),
            ctx.after(2),
        )
        text = value.text if value is not None else "nothing"
        ctx.note(f"{which}: {text}")

    for got, note in ((chat("a"), "0: a"), (chat("b1"), "1: b1"), (None, "2: nothing")):
        stage = Stageplay.of(play)
        stage.got(chat("x"), 1)
        if got is None:
            stage.tick(2)
        else:
            stage.got(got, 1.5)
        assert stage.outcome.verdict is PASS
        assert note in [entry.text for entry in stage.engine.transcript().entries]


def test_messages_that_came_before_go_to_the_branch_they_match() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.sleep(1)
        which, _ = await first_of(
            peer.expect(chat("a"), within=5), peer.expect(chat("b"), within=5)
        )
        ctx.require("second", which == 1)

    stage = Stageplay.of(play, "second")
    stage.got(chat("b"), 0.5)
    stage.got(chat("a"), 0.6)
    stage.tick(1)
    assert stage.outcome.verdict is PASS


def test_what_a_branch_raises_is_raised_by_the_race() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        try:
            await first_of(peer.expect(chat("a"), within=1), ctx.after(5))
        except Diverged as divergence:
            ctx.note(divergence.hint)

    stage = Stageplay.of(play)
    stage.tick(1)
    assert stage.outcome.verdict is PASS


def test_a_race_of_races_ends_with_its_first_end() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        inner = first_of(peer.until(chat("a"), within=9), peer.until(chat("b"), within=9))
        which, _ = await first_of(inner, ctx.after(1))
        ctx.require("time", which == 1)
        await peer.expect(chat("a"), within=1)

    stage = Stageplay.of(play, "time")
    stage.tick(1)
    stage.got(chat("a"), 1.5)
    assert stage.outcome.verdict is PASS


@pytest.mark.parametrize("ok", [True, False])
def test_a_check_goes_on_and_a_requirement_stops(ok: bool) -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        assert ctx.check("first", ok, hint="first hint") is ok
        ctx.require("second", ok, hint="second hint")
        ctx.check("third", True)

    stage = Stageplay.of(play, "first", "second", "third")
    if ok:
        assert stage.outcome.verdict is PASS
    else:
        assert stage.outcome.reason == "first hint"
        assert stage.state("second") is CheckState.FAIL
        assert stage.state("third") is CheckState.NOT_REACHED


@pytest.mark.parametrize("is_compared", [True, False])
def test_a_check_may_be_about_a_message_that_came(is_compared: bool) -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        came = await peer.expect(like(Chat), within=2)
        await ctx.sleep(1)
        difference = compare(chat("hello"), came) if is_compared else None
        ctx.require("it", False, hint="wrong", about=About(came, difference))

    stage = Stageplay.of(play, "it")
    stage.got(chat("hallo"), 0.5)
    stage.tick(1.5)
    divergence = stage.engine.transcript().divergence
    assert divergence is not None
    assert (divergence.entry, divergence.hint) == (0, "wrong")
    assert (divergence.mismatch is not None) is is_compared


def test_a_check_about_a_message_that_never_came_shows_where_it_was_made() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.note("first")
        ctx.check("it", False, about=About(chat("x")))

    divergence = Stageplay.of(play, "it").engine.transcript().divergence
    assert divergence is not None
    assert divergence.entry == 1


def test_a_scenario_may_say_that_nothing_is_proven() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        ctx.undecided("No datagram was lost.")

    stage = Stageplay.of(play)
    assert stage.outcome.verdict is Verdict.INCONCLUSIVE
    assert stage.outcome.reason == "No datagram was lost."


def test_time_and_dice_come_from_the_engine() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        before = ctx.now
        await ctx.sleep(1.25)
        await peer.send(chat(f"{ctx.now - before:g} {ctx.rand.randint(1, 10**9)}"))
        assert ctx.trigger.text == "GO"
        assert ctx.rules.lease_s == 300

    one, two, other = Stageplay.of(play), Stageplay.of(play), Stageplay.of(play, seed="other")
    for stage in (one, two, other):
        stage.tick(1.25)
    assert one.texts == two.texts
    assert one.texts[0].startswith("1.25 ")
    assert one.texts != other.texts


def test_the_store_is_asked_for_the_users_lease() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        lease = await ctx.ask_lease()
        ctx.require("lease", lease is not None and lease.is_active)

    stage = Stageplay.of(play, "lease")
    [ask] = stage.asks
    assert ask.question == AskLease(UID)
    stage.tell(Answered(ask.id + 1, None), 0.1)  # nobody asked that
    assert stage.is_running
    stage.tell(Answered(ask.id, LEASE), 0.2)
    assert stage.outcome.verdict is PASS


def test_a_question_that_nobody_can_answer_is_not_the_students_fault() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.ask_lease()

    stage = Stageplay.of(play)
    stage.tell(Answered(stage.asks[0].id, Unanswered("the store is away")), 0.1)
    assert stage.outcome.verdict is Verdict.INFRASTRUCTURE
    assert "please try again" in stage.outcome.reason
    assert stage.outcome.teacher_note == "the store is away"


def test_roles_are_joined_by_name() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        alice, bob = await ctx.join("alice", "bob", within=5)
        await alice.send(chat("hello alice"))
        await bob.send(chat("hello bob"))

    stage = Stageplay.of(play)
    stage.tell(Joined("alice"), 1)
    assert stage.is_running
    stage.got(chat("bob is here by speaking"), 1.5, "bob")
    stage.tell(Joined("carol"), 2)
    assert stage.outcome.verdict is PASS
    assert [action.peer for action in stage.actions if isinstance(action, Send)] == ["alice", "bob"]


def test_roles_that_do_not_come_are_named() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await ctx.join("client", "bob", within=5)

    stage = Stageplay.of(play)
    stage.tick(5)
    assert stage.outcome.reason == "Nobody came as bob."


def test_a_client_names_its_peers_and_has_no_trigger() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        udp = ctx.peer("udp:5005")
        await udp.send(chat("hello"))
        answer = await udp.expect(like(Chat), within=1)
        await server.send(answer)
        await server.close()
        assert not server.is_closed
        assert udp.name == "udp:5005"
        ctx.trigger  # noqa: B018 (asking is the point)

    stage = Stageplay.of(play, peer="server", trigger=b"")
    stage.got(chat("re"), 0.5, "udp:5005")
    sent = [action.peer for action in stage.actions if isinstance(action, Send)]
    assert sent == ["udp:5005", "server"]
    assert [close.peer for close in stage.closes] == ["server"]
    assert stage.outcome.verdict is Verdict.INFRASTRUCTURE
    assert "not started by a trigger" in stage.outcome.teacher_note


def test_a_capture_hands_on_what_was_taken() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        text = capture()
        await peer.expect(like(Chat, text=text), within=1)
        await peer.send(chat(f"you said {text.value}"))

    stage = Stageplay.of(play)
    stage.got(chat("hi"), 0.5)
    assert stage.texts == ["you said hi"]


def test_first_of_wants_calls_of_the_language() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await first_of(3)  # type: ignore[arg-type]

    stage = Stageplay.of(play)
    assert "first_of takes calls" in stage.outcome.teacher_note
