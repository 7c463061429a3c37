"""The law of what `holdfast user` and `holdfast token` do. Passwords are asked for, or come by
standard input; they are never arguments, which other users of a machine can read.
"""

import argparse
import asyncio
import getpass
import os
import pwd
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta

from holdfast.errors import Mistake
from holdfast.platform.auth.audit import Act, Entry, shown
from holdfast.platform.auth.commands import MAX_DAYS
from holdfast.platform.auth.first_link import first_link, has_admin
from holdfast.platform.auth.opening import opened_by_owner
from holdfast.platform.auth.passwords import fault_of, kept_of
from holdfast.platform.auth.people import (
    MAX_TOKEN_NAME_CHARS,
    Account,
    NewAccount,
    NewToken,
    is_name,
    is_subject,
)
from holdfast.platform.auth.ports import MAX_LISTED, People
from holdfast.platform.auth.roles import NEEDS_SUBJECT, Role, actions_named, actions_of, roles_named
from holdfast.platform.auth.secrets import hash_of, new_token
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.auth.words import says
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.runtime.config import Effective

_clock = SystemClock()


def perform(name: str, given: argparse.Namespace, effective: Effective) -> int:
    """Carry one task out on the database that `[database]` names, or this data folder's."""

    async def work() -> None:
        async with opened_by_owner(effective) as people:
            await ACTIONS[name](people, given)

    asyncio.run(work())
    return 0


def make_first_link(effective: Effective, url: str, *, unless_admin: bool = False) -> str:
    """A one-time link for an admin; with `unless_admin` none, "", when there is one."""

    async def work() -> str:
        async with opened_by_owner(effective) as people:
            if unless_admin and await has_admin(people):
                return ""
            settings = effective.section(PeopleSettings)
            return await first_link(people, settings, _clock, url=url, who=whoever())

    return asyncio.run(work())


async def add(people: People, given: argparse.Namespace) -> None:
    """`user add NAME ROLE...`."""
    roles = roles_named(given.role)
    _check_subject(roles, given.subject)
    if not is_name(given.name):
        raise Mistake(f"{given.name!r} is no name like mira or mira@uni.example (lower case).")
    password = "" if given.no_password else kept_of(_asked_password())
    new = NewAccount(given.name, roles, given.subject, password)
    if await people.add_account(new, _clock.wall()) is None:
        raise Mistake(f"{given.name} has an account already.")
    await _record(people, Act.ACCOUNT_MADE, given.name, _names(roles))
    print(f"{given.name} can log in" if password else f"{given.name} is there, without a password")


async def show_accounts(people: People, _: argparse.Namespace) -> None:
    """`user list`."""
    rows = [
        [
            account.name,
            _names(account.roles),
            account.subject,
            "disabled" if account.is_disabled else _ways(account),
        ]
        for account in await people.accounts()
    ]
    _print_table(["name", "roles", "subject", "logs in with"], rows)


async def set_password(people: People, given: argparse.Namespace) -> None:
    """`user password NAME`."""
    account = await _account(people, given.name)
    await people.set_password(account.id, kept_of(_asked_password()))
    await people.close_sessions(account.id)
    await _record(people, Act.PASSWORD_SET, account.name)
    print(f"{account.name} has a new password and is logged out everywhere")


async def disable(people: People, given: argparse.Namespace) -> None:
    """`user disable NAME`."""
    account = await _account(people, given.name)
    await people.set_disabled(account.id, is_disabled=True)
    await people.close_sessions(account.id)
    await _record(people, Act.ACCOUNT_DISABLED, account.name)
    print(f"{account.name} and their tokens are locked out")


async def enable(people: People, given: argparse.Namespace) -> None:
    """`user enable NAME`."""
    account = await _account(people, given.name)
    await people.set_disabled(account.id, is_disabled=False)
    await _record(people, Act.ACCOUNT_ENABLED, account.name)
    print(f"{account.name} can log in")


async def set_roles(people: People, given: argparse.Namespace) -> None:
    """`user role NAME ROLE...`."""
    account = await _account(people, given.name)
    roles, subject = roles_named(given.role), given.subject or account.subject
    _check_subject(roles, subject)
    await people.set_roles(account.id, roles, subject)
    await _record(people, Act.ROLES_SET, account.name, _names(roles))
    print(f"{account.name} is {_names(roles)}")


async def create_token(people: People, given: argparse.Namespace) -> None:
    """`token create NAME`."""
    account = await _account(people, given.name)
    scopes = actions_named(given.scope) or actions_of(account.roles)
    beyond = scopes - actions_of(account.roles)
    if beyond:
        raise Mistake(f"{account.name} may not {min(a.value for a in beyond)}, nor may a token.")
    if not 1 <= given.days <= MAX_DAYS:
        raise Mistake(f"--days must be 1 to {MAX_DAYS}.")
    if not (given.purpose.isprintable() and 0 < len(given.purpose) <= MAX_TOKEN_NAME_CHARS):
        raise Mistake(f"--for is 1 to {MAX_TOKEN_NAME_CHARS} printable characters.")
    text, now = new_token(), _clock.wall()
    until = now + timedelta(days=given.days)
    key = hash_of(text)
    await people.add_token(NewToken(key, account.id, given.purpose, scopes, now, until))
    detail = f"{account.name}: {','.join(sorted(a.value for a in scopes))}"
    await _record(people, Act.TOKEN_MADE, key.hex()[:16], detail)
    print(text)


async def show_tokens(people: People, given: argparse.Namespace) -> None:
    """`token list [NAME]`."""
    account = (await _account(people, given.name)).id if given.name else None
    now = _clock.wall()
    rows = [
        [
            token.token_id,
            token.account.name,
            token.name,
            ",".join(sorted(scope.value for scope in token.scopes)),
            f"{token.expires_at:%Y-%m-%d}" if token.expires_at else "never",
            f"{token.used_at:%Y-%m-%d %H:%M}" if token.used_at else "never",
            "revoked" if token.revoked_at else "good" if token.is_good(now) else "ended",
        ]
        for token in await people.tokens(account)
    ]
    _print_table(["id", "account", "for", "may", "ends", "last used", "state"], rows)


async def revoke_token(people: People, given: argparse.Namespace) -> None:
    """`token revoke ID`."""
    ended = await people.revoke_token(given.token_id, _clock.wall())
    if ended is None:
        raise Mistake(f"There is no working token {given.token_id}.")
    await _record(people, Act.TOKEN_REVOKED, ended.token_id, ended.account.name)
    print(f"{ended.token_id} is ended")


async def show_audit(people: People, given: argparse.Namespace) -> None:
    """`user audit`."""
    rows = [
        [
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            entry.who,
            entry.act,
            entry.target,
            entry.detail,
            entry.origin.address,
            entry.origin.request_id,
        ]
        for entry in await people.entries(max(1, min(given.limit, MAX_LISTED)))
    ]
    _print_table(["when (UTC)", "who", "what", "to", "how", "from", "request"], rows)


ACTIONS: dict[str, Callable[[People, argparse.Namespace], Awaitable[None]]] = {
    action.__name__: action
    for action in (
        add,
        show_accounts,
        set_password,
        disable,
        enable,
        set_roles,
        create_token,
        show_tokens,
        revoke_token,
        show_audit,
    )
}


def whoever() -> str:
    """Who runs the command, for the audit log."""
    try:
        return f"cli:{pwd.getpwuid(os.geteuid()).pw_name}"
    except KeyError:
        return f"cli:{os.geteuid()}"


async def _account(people: People, name: str) -> Account:
    found = await people.account(name)
    if found is None:
        raise Mistake(f"Nobody is called {name!r}; `holdfast user list` shows everybody.")
    return found


async def _record(people: People, act: Act, target: str, detail: str = "") -> None:
    await people.record(Entry(_clock.wall(), whoever(), act, target, detail))


def _check_subject(roles: frozenset[Role], subject: str) -> None:
    if not is_subject(subject):
        raise Mistake("--subject is letters, digits, dots, dashes and underscores, at most 64.")
    lacking = sorted(role.value for role in roles & NEEDS_SUBJECT)
    if lacking and not subject:
        raise Mistake(f"The role {lacking[0]} needs --subject: whose it is.")


def _asked_password() -> str:
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Again: "):
            raise Mistake("The two are not the same.")
    else:
        password = sys.stdin.readline().rstrip("\n")
    fault = fault_of(password)
    if fault:
        raise Mistake(says("en", fault))
    return password


def _ways(account: Account) -> str:
    ways = ["password"] if account.password else []
    ways += ["university"] if account.external else []
    return " or ".join(ways) or "tokens only"


def _names(roles: Iterable[Role]) -> str:
    return ",".join(sorted(role.value for role in roles))


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [head, *rows]
    wide = [max(len(line[at]) for line in lines) for at in range(len(head))]
    for line in lines:
        cells = (text.ljust(width) for text, width in zip(line, wide, strict=True))
        print("  ".join(map(shown, cells)).rstrip())
