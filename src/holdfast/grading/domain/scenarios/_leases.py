"""Playing with leases: having one, and keeping one alive.

PURE. A lease belongs to a user and lives in the store, so these plays ask the store and never look
at the connection: the client may close it and renew on another one. All times are the store's, the
plays only sleep between questions.
"""

from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat, ErrorReply

HOLDS = (CheckSpec("active lease", "the trigger came while the user's lease was valid"),)
KEEPS = (
    CheckSpec("active lease", "there is a lease when the test begins"),
    CheckSpec("kept alive", "the lease is renewed in time until the test ends"),
)

ASK_MARGIN_S = 0.05
"""Ask so much after a lease would have run out: clocks of two machines tick a little apart."""


async def holds_lease(ctx: Context, client: Peer) -> None:
    """The trigger counts only under a valid lease; without one the client is told so."""
    await _require_lease(ctx, client)


async def keeps_lease(ctx: Context, client: Peer) -> None:
    """The lease must stay unbroken for the test's length; ask again whenever it would run out.

    What was held before the trigger counts too, at most one lease length: some programs buffer the
    trigger and it arrives only with their first renewal.
    """
    rules = ctx.rules
    lease = await _require_lease(ctx, client)
    began_at = ctx.now - lease.held_for_s
    end_at = max(began_at, -rules.lease_scaled_s) + rules.lease_test_scaled_s
    while ctx.now < end_at:
        runs_out_in_s = max(0.0, lease.expires_in_s) + ASK_MARGIN_S
        await ctx.sleep(min(runs_out_in_s, end_at - ctx.now))
        lease = await ctx.ask_lease() or lease
        # A chain that broke and began anew began at least one lease length later.
        is_unbroken = ctx.now - lease.held_for_s < began_at + rules.lease_scaled_s / 2
        if not (lease.is_active and is_unbroken):
            hint = _ran_out(rules, lease)
            ctx.require("kept alive", False, hint=f"{hint} The test had run for {ctx.now:.1f} s.")
    ctx.check("kept alive", True)


def announce_lease_verdict(ctx: Context, name: str) -> None:
    """Tell the verdict as a chat, when the course wants that. Never holds a trigger."""
    if ctx.rules.verdict_chats:
        passed, failed = f"{name} SUCCESSFULLY PASSED", f"{name} FAILED"
        recipient = ctx.trigger.recipient
        ctx.announce(passed=Chat(recipient, passed), failed=Chat(recipient, failed))


async def _require_lease(ctx: Context, client: Peer) -> Lease:
    lease = await ctx.ask_lease()
    held = lease if lease is not None and lease.is_active else None
    hint = ""
    if held is None:
        why = _never_registered(ctx.rules) if lease is None else _ran_out(ctx.rules, lease)
        hint = f"There was no active lease. {why}"
        await client.send(ErrorReply(f"User {ctx.uid} has no active lease. {why}"))
    ctx.require("active lease", held is not None, hint=hint)
    assert held is not None, "require has stopped the scenario"
    return held


def _never_registered(rules: Rules) -> str:
    return (
        "Send a register request (type 1) on the TCP connection before the trigger; "
        f"the lease it gives lasts {rules.lease_scaled_s:g} s."
    )


def _ran_out(rules: Rules, lease: Lease) -> str:
    ago = f"{lease.granted_s_ago:.1f} s ago"
    if lease.is_active:
        when = f"The lease had run out before it was registered anew, {ago}."
    else:
        when = f"The last registration that counted was {ago}, so the lease has run out."
    return (
        f"{when} A lease lasts {rules.lease_scaled_s:g} s: register again before that, but not "
        f"sooner than {rules.renew_min_scaled_s:g} s after the last time (a renewal that is too "
        "soon is refused and renews nothing)."
    )
