"""Claim an id: a student's personal token binds their address to their id for a window of time.

Tokens are derived, not stored: HMAC of the course's claim key over course and uid. So a copy of the
database gives nobody a token, and a lost roster mail can be made again from the same key.
"""

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime

from holdfast.grading.domain.roster import UserId
from holdfast.grading.service.ports import Claim, Claims

TOKEN_CHARS = 16
"""Base-32 characters of a student's token: 80 bits, beyond guessing over a network."""
MIN_KEY_BYTES = 16


@dataclass(frozen=True, slots=True, repr=False)
class ClaimKey:
    """The secret of a course from which the students' tokens are derived."""

    course: str
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_KEY_BYTES:
            raise ValueError(f"a claim key has at least {MIN_KEY_BYTES} bytes")

    def token(self, uid: UserId) -> str:
        """The student's token, in groups of four: `abcd-efgh-ijkl-mnop`."""
        digest = hmac.digest(self.secret, f"claim|{self.course}|{uid}".encode(), "sha256")
        text = base64.b32encode(digest).decode("ascii").lower()[:TOKEN_CHARS]
        return "-".join(text[at : at + 4] for at in range(0, TOKEN_CHARS, 4))

    def fits(self, uid: UserId, token: str) -> bool:
        """Whether `token` is the student's, in constant time; dashes, spaces and case are free."""
        given = _plain(token).encode("utf-8", "replace")
        return hmac.compare_digest(given, _plain(self.token(uid)).encode())


@dataclass(frozen=True, slots=True)
class Claimed:
    """The id is held from that address until then."""

    host: str
    until: datetime


@dataclass(frozen=True, slots=True)
class WrongToken:
    """The token is not this student's, or nobody has the id: the two look the same from outside."""


@dataclass(frozen=True, slots=True)
class BadAddress:
    """What was given is not an IPv4 or IPv6 address."""

    text: str


async def claim_identity(
    claims: Claims, key: ClaimKey, uid: UserId, *, token: str, host: str, for_s: float
) -> Claimed | WrongToken | BadAddress:
    """Bind `host` to the student for `for_s` seconds if the token is theirs."""
    if not key.fits(uid, token):
        return WrongToken()
    address = plain_address(host)
    if address is None:
        return BadAddress(host[:64])
    token_hash = hashlib.sha256(_plain(token).encode()).digest()
    until = await claims.claim(Claim(uid, address, token_hash), for_s)
    return WrongToken() if until is None else Claimed(address, until)


def plain_address(text: str) -> str | None:
    """The address in its one spelling (IPv4 inside IPv6 becomes IPv4), None if it is none."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _plain(token: str) -> str:
    return token.replace("-", "").replace(" ", "").lower()
