"""A lease is followed in the store: it may end early, break, or be held before the trigger."""

from dataclasses import replace

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client, renewing
from holdfast.grading.domain.reference.greeting import greet, register_request, trigger_chat
from holdfast.grading.domain.reference.habits import USUAL
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.verdict import Verdict
from tests.support.duel import Duel
from tests.support.trying import duel, hint, part
from tests.support.virtual import QUICK

TEST = TestId("2025-4_1")


def test_a_lease_that_ran_out_fails_at_once_with_the_numbers() -> None:
    played = duel(TEST, renewing(part(TEST), interval_s=20.0))
    assert played.outcome is not None
    assert "A lease lasts 3 s: register again before that" in played.outcome.reason
    assert "not sooner than 1.2 s" in played.outcome.reason
    assert "The test had run for 3.0 s" in played.outcome.reason


def test_a_chain_that_broke_and_began_anew_between_two_looks_fails() -> None:
    class Forgetful(Duel):
        """A store whose clock lets the lease run out a moment before we look."""

        def _answer(self, ask: int) -> None:
            if self.agenda.now > QUICK.lease_scaled_s:
                self.book.began_at = self.book.granted_at = self.agenda.now - 0.01
            super()._answer(ask)

    played = Forgetful(client(TEST))
    found = played.run()
    assert found.verdict is Verdict.FAIL
    assert "had run out before it was registered anew" in found.reason


def test_a_store_that_forgot_the_lease_is_not_taken_for_a_valid_one() -> None:
    class Empty(Duel):
        """A store that has lost the lease."""

        def _answer(self, ask: int) -> None:
            if self.agenda.now > QUICK.lease_scaled_s:
                self.book.granted_at = -1.0
            super()._answer(ask)

    assert Empty(client(TEST)).run().verdict is Verdict.FAIL


def test_the_connection_may_close_while_the_lease_is_kept_alive_elsewhere() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part(TEST).trigger, USUAL)
        await server.close()
        for _ in range(8):
            await ctx.sleep(1.6)
            other = ctx.peer("elsewhere")
            await other.send(register_request(ctx))

    assert duel(TEST, play).outcome.verdict is Verdict.PASS  # type: ignore[union-attr]


def test_what_was_held_before_the_trigger_counts_at_most_one_lease() -> None:
    async def play(ctx: Context, server: Peer) -> None:
        for _ in range(6):
            await server.send(register_request(ctx))
            await ctx.sleep(1.5)
        await server.send(trigger_chat(ctx, part(TEST).trigger))
        for _ in range(6):
            await server.send(register_request(ctx))
            await ctx.sleep(1.5)
        await ctx.sleep(60.0)

    played = duel(TEST, play)
    held_before_s = 9.0
    assert played.outcome is not None
    assert played.outcome.verdict is Verdict.PASS
    ended = next(said.at_s for said in played.said if "SUCCESSFULLY PASSED" in said.text)
    assert ended - held_before_s > QUICK.lease_test_scaled_s - QUICK.lease_scaled_s - 0.1


def test_one_renewal_every_four_minutes_is_enough_and_every_six_is_not() -> None:
    real = Rules()
    four = duel(TEST, renewing(part(TEST), interval_s=240.0), rules=real)
    assert four.outcome is not None
    assert four.outcome.verdict is Verdict.PASS
    said = hint(TEST, renewing(part(TEST), interval_s=360.0), rules=real)
    assert "A lease lasts 300 s" in said


def test_practice_mode_shortens_the_test_and_nothing_else() -> None:
    quick = duel(TEST, rules=replace(Rules(), time_scale=0.02))
    assert 24.0 <= quick.agenda.now < 27.0
