"""PURE. The law of the audit log: who did what privileged thing to what, when, from where.

Values may come from strangers, so each has a longest length and no control characters. Secrets are
never among them: an entry names tokens by their id and people by their account.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_CHARS = 200
"""Longer values are cut: a line is for people."""


class Act(StrEnum):
    """What is written down."""

    LOGGED_IN = "logged in"
    LOG_IN_FAILED = "log-in failed"
    LOGGED_OUT = "logged out"
    LOGGED_OUT_EVERYWHERE = "logged out everywhere"
    ACCOUNT_MADE = "account made"
    ACCOUNT_DISABLED = "account disabled"
    ACCOUNT_ENABLED = "account enabled"
    PASSWORD_SET = "password set"
    ROLES_SET = "roles set"
    TOKEN_MADE = "token made"
    TOKEN_REVOKED = "token revoked"
    FIRST_LINK_MADE = "first link made"
    ROSTER_IMPORTED = "roster imported"
    CLAIM_TOKENS_READ = "claim tokens read"
    PRICE_DECIDED = "price decided"
    FILE_DECIDED = "file decided"
    FEED_DELIVERED = "feed delivered"
    BALANCE_CHANGED = "balance changed"
    COURSE_CHANGED = "course changed"
    RESULTS_EXPORTED = "results exported"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from: the address, and the request's id where it has one."""

    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `who`: an account, a token's name, or who runs the command line."""

    at: datetime
    who: str
    act: Act
    target: str = ""
    detail: str = ""
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it was written; `act` may be one that only another version knows."""

    number: int
    at: datetime
    who: str
    act: str
    target: str
    detail: str
    origin: Origin


def shown(text: str) -> str:
    """A value as it is written: cut, and nothing in it that moves or hides text."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:MAX_CHARS])
