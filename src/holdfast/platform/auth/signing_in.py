"""Log in and out: a password, a one-time link or a university's word becomes a session.

A session's id is made at the moment of logging in and never before, so there is none to foist on
somebody. Every way in and out is written down. A wrong password, an account that is not there, one
without a password and one that is locked get the same answer after the same work.
"""

from dataclasses import dataclass
from datetime import timedelta

from holdfast.platform.auth import brake
from holdfast.platform.auth.audit import Act, Entry, Origin
from holdfast.platform.auth.passwords import Passwords, fault_of
from holdfast.platform.auth.people import (
    Account,
    NewAccount,
    Principal,
    Session,
    is_name,
    plain_name,
)
from holdfast.platform.auth.ports import People
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.secrets import hash_of, new_secret
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.runtime.clock import Clock


@dataclass(frozen=True, slots=True, repr=False)
class LoggedIn:
    """Somebody is in. `secret` is the session's id, for their browser alone."""

    account: Account
    secret: str


@dataclass(frozen=True, slots=True)
class NotIn:
    """They are not; whatever the reason, it is not told."""


@dataclass(frozen=True, slots=True)
class Braked:
    """Too many tries; nothing was looked at. Come again in `wait_s` seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class BadChoice:
    """A name or password that cannot be; `why` is a key of `words`."""

    why: str


@dataclass(frozen=True, slots=True)
class SigningIn:
    """The use cases."""

    people: People
    passwords: Passwords
    settings: PeopleSettings
    clock: Clock

    async def with_password(
        self, typed: str, password: str, origin: Origin
    ) -> LoggedIn | NotIn | Braked:
        """Log in with a name and a password."""
        name = plain_name(typed)
        pair, place, owner = brake.counters(name, origin.address)
        wait_s = await self.people.take_try((pair, place, owner), self.clock.wall())
        if wait_s > 0:
            return Braked(wait_s)
        await self.people.sweep(self.clock.wall())
        account = await self.people.account(name) if is_name(name) else None
        fits = await self.passwords.fits(account.password if account else "", password)
        if account is None or not fits or account.is_disabled:
            await self._record(name, Act.LOG_IN_FAILED, origin)
            return NotIn()
        await self.people.give_back((pair.key, owner.key), (place.key,))
        return await self.open(account, origin, "password")

    async def with_link(
        self, key: str, name: str, password: str, origin: Origin
    ) -> LoggedIn | NotIn | Braked | BadChoice:
        """Make the first admin with the one-time link. A choice that cannot be uses nothing up."""
        chosen = plain_name(name)
        why = fault_of(password) if is_name(chosen) else "bad name"
        if not why and await self.people.account(chosen) is not None:
            why = "taken name"
        if why:
            return BadChoice(why)
        _, place, _ = brake.counters("", origin.address)
        wait_s = await self.people.take_try((place,), self.clock.wall())
        if wait_s > 0:
            return Braked(wait_s)
        kept = await self.passwords.keep(password)
        if not await self.people.use_link(hash_of(key), self.clock.wall()):
            return NotIn()
        new = NewAccount(chosen, frozenset({Role.ADMIN}), password=kept)
        account = await self.people.add_account(new, self.clock.wall())
        if account is None:  # somebody took the name in this moment
            return NotIn()
        await self._record(chosen, Act.ACCOUNT_MADE, origin, "admin, by the one-time link")
        return await self.open(account, origin, "one-time link")

    async def open(self, account: Account, origin: Origin, how: str) -> LoggedIn:
        """A new session for somebody who has proved who they are."""
        now = self.clock.wall()
        secret = new_secret()
        until = now + timedelta(seconds=self.settings.session_s)
        await self.people.open_session(
            hash_of(secret), Session(account, now, until), origin.address
        )
        await self._record(account.name, Act.LOGGED_IN, origin, how)
        return LoggedIn(account, secret)

    async def change_password(
        self, principal: Principal, old: str, new: str, origin: Origin
    ) -> LoggedIn | NotIn | Braked | BadChoice:
        """Change one's own password, with the old one; every other session ends."""
        why = fault_of(new)
        if why:
            return BadChoice(why)
        proved = await self.with_password(principal.name, old, origin)
        if not isinstance(proved, LoggedIn):
            return proved
        await self.people.set_password(proved.account.id, await self.passwords.keep(new))
        await self._record(principal.name, Act.PASSWORD_SET, origin, "by themselves")
        await self.people.close_sessions(proved.account.id)
        return await self.open(proved.account, origin, "new password")

    async def log_out(self, principal: Principal, secret: str, origin: Origin) -> None:
        """End this session."""
        await self.people.close_session(hash_of(secret))
        await self._record(principal.name, Act.LOGGED_OUT, origin)

    async def log_out_everywhere(self, principal: Principal, origin: Origin) -> None:
        """End all sessions of an account."""
        ended = await self.people.close_sessions(principal.account)
        await self._record(principal.name, Act.LOGGED_OUT_EVERYWHERE, origin, f"{ended} sessions")

    async def _record(self, who: str, act: Act, origin: Origin, detail: str = "") -> None:
        await self.people.record(Entry(self.clock.wall(), who, act, "", detail, origin))
