"""The law of signed tokens: what a client-credentials grant gives out, whole in itself.

PURE. `hfs_BODY.SEAL`: the body says who, what for and until when; the seal is an HMAC-SHA256 of it
with the installation's key. Nothing of a body is read before its seal was found right. A signed
token lives for half an hour and outlives the end of the token it was made from by at most that.
"""

import base64
import binascii
import hmac
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from holdfast.flights.service.ports.access import Token

PREFIX = "hfs_"
LIFE_S = 1799
"""How long a signed token is good, in seconds: what clients of the grant are used to."""
PURPOSE = b"holdfast flights signed token 1|"
_SEAL_CHARS = 43


class _Body(Struct, frozen=True, array_like=True):
    token_id: str
    owner: str
    live_mode: bool
    scopes: list[str]
    issued_s: int
    expires_s: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Body).decode


class Signer:
    """Makes and reads signed tokens with one key."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, token: Token, now: datetime, life_s: int = LIFE_S) -> str:
        """A token that may what `token` may, until it or `life_s` ends."""
        issued_s = int(now.timestamp())
        expires_s = issued_s + life_s
        if token.expires_at is not None:
            expires_s = min(expires_s, int(token.expires_at.timestamp()))
        scopes = sorted(token.scopes)
        body = _Body(token.token_id, token.owner, token.live_mode, scopes, issued_s, expires_s)
        text = _base64(_encode(body))
        return f"{PREFIX}{text}.{self.seal(PURPOSE, text)}"

    def read(self, signed: str) -> Token | None:
        """The token that `signed` says, perhaps an expired one; None when we did not make it."""
        text, _, seal = signed.removeprefix(PREFIX).rpartition(".")
        if not (signed.startswith(PREFIX) and signed.isascii() and len(seal) == _SEAL_CHARS):
            return None
        if not hmac.compare_digest(self.seal(PURPOSE, text), seal):
            return None
        try:
            body = _decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (binascii.Error, msgspec.MsgspecError):  # sealed by another program with our key
            return None
        return Token(
            token_id=body.token_id,
            owner=body.owner,
            name="signed",
            live_mode=body.live_mode,
            scopes=frozenset(body.scopes),
            created_at=datetime.fromtimestamp(body.issued_s, UTC),
            expires_at=datetime.fromtimestamp(body.expires_s, UTC),
        )

    def seal(self, purpose: bytes, text: str) -> str:
        """The seal of an ASCII text for one purpose: 43 characters."""
        return _base64(hmac.digest(self._key, purpose + text.encode("ascii"), "sha256"))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
