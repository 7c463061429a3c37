"""PURE. The nouns of identity: accounts, sessions, tokens, one-time links, and who a request is.

None of them holds a secret: a session, a token and a link are known by the hash of theirs, and a
password by what argon2id made of it. Times are aware datetimes in UTC.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from holdfast.platform.auth.audit import shown
from holdfast.platform.auth.roles import Action, Role, actions_of

MAX_NAME_CHARS = 100
MAX_SUBJECT_CHARS = 64
MAX_TOKEN_NAME_CHARS = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}", re.ASCII)
_SUBJECT = re.compile(r"[A-Za-z0-9._-]{0,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in. `subject`: whose they are to an application (a student's id, an
    airline's code). `password`: argon2id's text, empty when there is none to log in with.
    `external`: issuer and subject at a university, empty for nobody there."""

    id: int
    name: str
    roles: frozenset[Role]
    subject: str
    password: str
    external: str
    is_disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made."""

    name: str
    roles: frozenset[Role]
    subject: str = ""
    password: str = ""
    external: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session: until when at most, and when it was last used."""

    account: Account
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A program's token: `token_id` names it without giving it away, `scopes` are all it may."""

    token_id: str
    account: Account
    name: str
    scopes: frozenset[Action]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        is_live = self.expires_at is None or self.expires_at > now
        return is_live and self.revoked_at is None and not self.account.is_disabled


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be made; `token_hash`: SHA-256 of its text."""

    token_hash: bytes
    account: int
    name: str
    scopes: frozenset[Action]
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """A log-in at a university that has been begun: what must come back, and where to go then."""

    nonce: str
    verifier: str
    target: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. `by_cookie`: a browser sends it by itself, so forms must be guarded."""

    name: str
    roles: frozenset[Role]
    actions: frozenset[Action]
    subject: str = ""
    by_cookie: bool = False
    account: int = 0
    token_id: str = ""

    def may(self, action: Action) -> bool:
        """Whether the principal may do this."""
        return action in self.actions


def of_account(account: Account, *, by_cookie: bool) -> Principal:
    """The principal that somebody is who has logged in."""
    return Principal(
        name=account.name,
        roles=account.roles,
        actions=actions_of(account.roles),
        subject=account.subject,
        by_cookie=by_cookie,
        account=account.id,
    )


def of_token(token: Token) -> Principal:
    """The principal that a token stands for: what it was made for, and its owner may still do."""
    account = token.account
    actions = actions_of(account.roles) & token.scopes
    return Principal(
        name=account.name,
        roles=account.roles,
        actions=actions,
        subject=account.subject,
        account=account.id,
        token_id=token.token_id,
    )


def is_name(text: str) -> bool:
    """Whether an account can be called this: lower case, like `mira` or `mira@uni.example`."""
    return _NAME.fullmatch(text) is not None


def is_subject(text: str) -> bool:
    """Whether this can be a student's id or an airline's code."""
    return _SUBJECT.fullmatch(text) is not None


def plain_name(typed: str) -> str:
    """A name as it is looked up: blanks around it and case do not count, and its length ends.
    What is in no name and no text of a store, such as NUL, is replaced: it is counted all the same.
    """
    return shown(typed[: 2 * MAX_NAME_CHARS].strip().lower())[:MAX_NAME_CHARS]
