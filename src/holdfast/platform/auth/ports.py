"""The door of identity's store: accounts, sessions, tokens, links, tries and the audit log.

One door with one contract suite, on PostgreSQL and in memory. Times come in, so that nothing here
asks a clock. Raises `DefiniteError` when nothing happened and `IndefiniteError` when it may have.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from holdfast.platform.auth.audit import Entry, Recorded
from holdfast.platform.auth.brake import Counter
from holdfast.platform.auth.people import Account, NewAccount, NewToken, Session, SignIn, Token
from holdfast.platform.auth.roles import Role

MAX_LISTED = 1000
"""Accounts, tokens or entries of one answer."""
MAX_SWEPT = 1000
"""What is forgotten in one statement; the next sweep takes the rest."""


class Accounts(Protocol):
    """Who can log in."""

    async def account(self, name: str) -> Account | None:
        """The account of this name, disabled ones too."""

    async def account_of(self, external: str) -> Account | None:
        """The account that a university's person has here."""

    async def accounts(self) -> Sequence[Account]:
        """All of them by name, at most `MAX_LISTED`."""

    async def add_account(self, new: NewAccount, now: datetime) -> Account | None:
        """Make an account; None when the name or the university's person has one already."""

    async def set_password(self, account: int, password: str) -> None:
        """Keep another password (argon2id's text)."""

    async def set_disabled(self, account: int, *, is_disabled: bool) -> None:
        """Lock an account or let it in again."""

    async def set_roles(self, account: int, roles: frozenset[Role], subject: str) -> None:
        """Give an account these roles, and no others."""


class Sessions(Protocol):
    """Who is logged in with a browser, and who is about to be."""

    async def open_session(self, session_hash: bytes, session: Session, address: str) -> None:
        """Keep a new session."""

    async def session(self, session_hash: bytes) -> Session | None:
        """The session with this hash, also one that is over."""

    async def see_session(self, session_hash: bytes, seen_at: datetime) -> None:
        """It was used."""

    async def close_session(self, session_hash: bytes) -> None:
        """It is over."""

    async def close_sessions(self, account: int) -> int:
        """All of an account's are over; how many there were."""

    async def begin_sign_in(self, state: bytes, sign_in: SignIn, until: datetime) -> None:
        """Keep what must come back from a university."""

    async def end_sign_in(self, state: bytes, now: datetime) -> SignIn | None:
        """What was kept, once; None when it is not there, used up or too old."""

    async def put_link(self, key_hash: bytes, until: datetime) -> None:
        """Keep a one-time link that makes the first admin."""

    async def use_link(self, key_hash: bytes, now: datetime) -> bool:
        """Use it up; False when it is not there, used up or too old."""


class Tokens(Protocol):
    """What programs come with."""

    async def add_token(self, new: NewToken) -> None:
        """Keep a token."""

    async def token(self, token_hash: bytes) -> Token | None:
        """The token with this hash, also one that opens nothing any more."""

    async def tokens(self, account: int | None) -> Sequence[Token]:
        """An account's, or everybody's, newest first, at most `MAX_LISTED`."""

    async def revoke_token(self, token_id: str, now: datetime) -> Token | None:
        """End a token; None when there is none of this name that was not ended."""

    async def use_token(self, token_hash: bytes, used_at: datetime) -> None:
        """It was used."""


class Tries(Protocol):
    """What slows guessing down."""

    async def take_try(self, counters: Sequence[Counter], now: datetime) -> float:
        """Count a try on all of them and return 0; or count nothing and return how long to wait.

        Of many at once, each sees those before it.
        """

    async def give_back(self, cleared: Sequence[str], lowered: Sequence[str]) -> None:
        """A try was right: the first counts begin anew, one try less is on the others."""


class Acts(Protocol):
    """Where what was done is written down."""

    async def record(self, entry: Entry) -> None:
        """Write an entry."""


class AuditLog(Acts, Protocol):
    """What was done by whom. Nobody can change or remove an entry through this door."""

    async def entries(self, limit: int, before: int | None = None) -> Sequence[Recorded]:
        """The newest, or those before a number."""


class People(Accounts, Sessions, Tokens, Tries, AuditLog, Protocol):
    """All of it, and its housekeeping."""

    async def sweep(self, now: datetime) -> int:
        """Forget sessions, sign-ins, links and tries that are over; how many. Tokens and audit
        entries stay."""
