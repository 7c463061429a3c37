"""The law of the tasks that ask no API: tokens and balances, which only the database knows, and
demo feeds."""

import argparse
import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.errors import Mistake
from holdfast.platform.auth.audit import MAX_CHARS, Act, Entry
from holdfast.platform.runtime.config import Effective

if TYPE_CHECKING:
    from holdfast.flights.domain.money import Money
    from holdfast.flights.service.ports.access import Tokens

MAX_HOURS = 24 * 366
MAX_ROUTES = 12
USUAL_SCOPES = ("read", "book")


def tokens(given: argparse.Namespace, effective: Effective) -> int:
    """`flights tokens create|list|revoke OWNER`."""
    return asyncio.run(_tokens(given, effective))


def balance(given: argparse.Namespace, effective: Effective) -> int:
    """`flights balance OWNER`: what an owner has here; `--add` and `--credit` change it."""
    return asyncio.run(_balance(given, effective))


def demo(given: argparse.Namespace, _: Effective) -> int:
    """`flights demo`: a folder of files for each airline, as the ingest process fetches them."""
    from holdfast.flights.domain.demo.roster import MAX_AIRLINES
    from holdfast.flights.service.demo_feeds import hours_of
    from holdfast.flights.wiring.world import demo_world

    if not (1 <= given.airlines <= MAX_AIRLINES and 1 <= given.routes <= MAX_ROUTES):
        raise Mistake(f"There are 1 to {MAX_AIRLINES} airlines with 1 to {MAX_ROUTES} routes each.")
    if not 1 <= given.hours <= MAX_HOURS:
        raise Mistake(f"--hours must be 1 to {MAX_HOURS}.")
    world = demo_world(given.seed, given.airlines, given.routes)
    files = size = 0
    for file in hours_of(world, _moment(given.start), given.hours):
        folder = Path(given.out) / file.delivery.airline
        _make(folder)
        (folder / file.name).write_bytes(file.content)
        files += 1
        size += len(file.content)
    print(f"{files} files, {size / 1e6:.1f} MB in {given.out}")
    return 0


@asynccontextmanager
async def opened_tokens(effective: Effective) -> AsyncIterator["Tokens"]:
    """The tokens of this machine's database, or of the one that `[database]` names."""
    from holdfast.flights.store.access import PostgresTokens
    from holdfast.flights.wiring.store import opened_database

    async with opened_database(effective, "flights-tokens") as database:
        yield PostgresTokens(database)


async def _tokens(given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.flights.entrypoints.desk import tokens as desk
    from holdfast.flights.entrypoints.http.access import hash_of
    from holdfast.flights.service.ports.access import token_id_of

    now = datetime.now(UTC)
    async with opened_tokens(effective) as known:
        if given.action == "list":
            return await desk.show(known, given.owner)
        if given.action == "revoke":
            await desk.revoke(known, given.owner, given.token, now)
            await _record(effective, Act.TOKEN_REVOKED, given.token[:MAX_CHARS], given.owner)
            print(f"{given.token} is ended; it may still work for some seconds")
            return 0
        scopes = tuple(given.scope) or USUAL_SCOPES
        text = await desk.create(
            known, given.owner, scopes, now, is_test=given.test, days=given.days
        )
        made = token_id_of(hash_of(text))
        await _record(effective, Act.TOKEN_MADE, made, f"{given.owner}: {', '.join(scopes)}")
        print(text)
        return 0


async def _balance(given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.flights.domain.money import CURRENCIES, amount_text
    from holdfast.flights.store.access import PostgresTokens
    from holdfast.flights.store.order_lists import PostgresBalances
    from holdfast.flights.wiring.store import opened_database

    owner, currency = given.owner, given.currency
    if currency not in CURRENCIES:
        raise Mistake(f"--currency {currency!r} is none of ISO 4217, such as EUR, JPY or USD.")
    added = _amount("--add", given.add, currency)
    credit = _amount("--credit", given.credit, currency)
    reference = given.reference or f"by hand {secrets.token_hex(8)}"
    async with opened_database(effective, "flights-balance") as database:
        balances = PostgresBalances(database)
        if not await PostgresTokens(database).list(owner):
            raise Mistake(f"{owner!r} has no token and pays nothing: is it spelt right?")
        if added is not None:
            if not await balances.top_up(owner, added, reference):
                raise Mistake(f"{reference!r} was added to {owner} before: nothing changed.")
            what = f"+{given.add} {currency}: {reference}"[:MAX_CHARS]
            await _record(effective, Act.BALANCE_CHANGED, owner, what)
        if credit is not None:
            await balances.set_credit(owner, credit)
            what = f"credit {given.credit} {currency}"
            await _record(effective, Act.BALANCE_CHANGED, owner, what)
        has = await balances.balance(owner, currency)
    print(f"{owner} has {amount_text(has.minor, currency)} {currency}")
    return 0


def _amount(flag: str, text: str, currency: str) -> "Money | None":
    from holdfast.flights.domain.money import Money, parse_amount

    if not text:
        return None
    minor = parse_amount(text, currency)
    if minor is None:
        raise Mistake(f"{flag} {text!r} is no amount like 1000.00 in {currency!r}.")
    return Money(minor, currency)


async def _record(effective: Effective, act: Act, target: str, detail: str) -> None:
    """Write down that whoever runs this command did so, to a token of the API or a balance."""
    from holdfast.platform.auth.command_actions import whoever
    from holdfast.platform.auth.opening import opened_by_owner

    async with opened_by_owner(effective) as log:
        what = f"flights {target}"
        await log.record(Entry(datetime.now(UTC), whoever(), act, what, detail))


def _moment(text: str) -> datetime:
    if not text:
        return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Mistake(f"--from {text!r} is no moment like 2026-12-01T06:00.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Mistake(f"The folder {folder} cannot be made: {error.strerror}.") from None


TASKS: Mapping[str, Callable[[argparse.Namespace, Effective], int]] = {
    "tokens": tokens,
    "balance": balance,
    "demo": demo,
}
