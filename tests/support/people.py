"""People in process: a store in memory, a clock moved by hand, and all that lets people in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from holdfast.platform.auth.audit import Origin
from holdfast.platform.auth.memory import MemoryPeople
from holdfast.platform.auth.passport import Passport
from holdfast.platform.auth.passwords import Passwords, kept_of
from holdfast.platform.auth.people import Account, NewAccount, NewToken
from holdfast.platform.auth.roles import Action, Role, actions_of
from holdfast.platform.auth.secrets import hash_of, new_token
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.auth.signing_in import LoggedIn, SigningIn

PASSWORD = "seven stars at night"
KEPT = kept_of(PASSWORD)
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = Origin("192.0.2.7", "r-1")


class Hands:
    """A clock that moves only by hand."""

    def __init__(self) -> None:
        self.now = START

    def wall(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class House:
    """A store and its ways in."""

    people: MemoryPeople = field(default_factory=MemoryPeople)
    clock: Hands = field(default_factory=Hands)
    settings: PeopleSettings = field(default_factory=PeopleSettings)

    @property
    def signing_in(self) -> SigningIn:
        return SigningIn(self.people, Passwords(), self.settings, self.clock)

    @property
    def passport(self) -> Passport:
        return Passport(self.people, self.settings, self.clock)

    async def account(self, name: str, *roles: Role, subject: str = "") -> Account:
        """An account with the password of all tests."""
        new = NewAccount(name, frozenset(roles or {Role.TEACHER}), subject, KEPT)
        made = await self.people.add_account(new, self.clock.wall())
        assert made is not None
        return made

    async def session(self, name: str, *roles: Role, subject: str = "") -> str:
        """The session's id of somebody new who has logged in."""
        account = await self.people.account(name) or await self.account(
            name, *roles, subject=subject
        )
        return (await self.signing_in.open(account, HERE, "test")).secret

    async def token(
        self, account: Account, *scopes: Action, days: float | None = 1.0, name: str = "robot"
    ) -> str:
        """The text of a new token."""
        text, now = new_token(), self.clock.wall()
        until = None if days is None else now + timedelta(days=days)
        chosen = frozenset(scopes) or actions_of(account.roles)
        await self.people.add_token(NewToken(hash_of(text), account.id, name, chosen, now, until))
        return text

    async def try_in(self, name: str, password: str, address: str = "192.0.2.7") -> object:
        """What a log-in gives: the account's name, or the answer."""
        found = await self.signing_in.with_password(name, password, Origin(address))
        return found.account.name if isinstance(found, LoggedIn) else found
