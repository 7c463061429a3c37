"""PURE. One heartbeat is one signed datagram: magic, key id, HMAC-SHA256, then a msgpack map.

The signature is checked before a byte of the body is looked at, so only holders of the fleet's key
reach the parser. Unknown fields are ignored: newer nodes may say more. `decode` never raises; a
rejection has a short `reason`, the same for each kind of fault, so that it can be counted by it.
Freshness (time window, order) is the detector's business: it needs memory and a clock.
"""

import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated

import msgspec

Endpoint = tuple[str, int]
"""A numeric IP address and a port that members' services are reached at. Never a host name:
nobody but us decides what is looked up."""

MAX_DATAGRAM_BYTES = 1200
"""Passes every path of the Internet unfragmented."""
MAX_SERVICES = 16
MAX_VERSION_CHARS = 32
MIN_SECRET_BYTES = 32

_MAGIC = b"HFB1"
_KEY_ID_BYTES, _MAC_BYTES = 4, 32
_BODY_AT = len(_MAGIC) + _KEY_ID_BYTES + _MAC_BYTES
_U63 = 2**63 - 1

_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
_Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=_U63)]
_Host = Annotated[str, msgspec.Meta(min_length=1, max_length=45)]
_Version = Annotated[str, msgspec.Meta(pattern=rf"^[A-Za-z0-9.+_-]{{0,{MAX_VERSION_CHARS}}}\Z")]
_Services = Annotated[dict[_Name, tuple[_Host, _Port]], msgspec.Meta(max_length=MAX_SERVICES)]


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a member says it is, in the time since its last beat.

    `running`: sessions or requests now; `capacity`: how many it takes, 0 if it names no limit.
    `loop_lag_s`: by how much its event loop was late at worst. `cpu`: share of *one core* that its
    process used, 0 to 1 (an event loop has no more). `queued`: work that it has taken and that
    waits for something else than the peer.
    """

    running: _Count = 0
    capacity: _Count = 0
    loop_lag_s: float = 0.0
    cpu: float = 0.0
    queued: _Count = 0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One beat of one member.

    `incarnation` grows with every start of the node, `sequence` with every beat of an incarnation.
    `sent_at`: the sender's wall clock, seconds since 1970. `uptime_s`: its monotonic clock, seconds
    since the incarnation began. `interval_s`: when the next beat may be expected. `draining`: takes
    no new clients. `leaving`: the last beat. `version`: of its software. Fields with a default may
    be missing: older nodes do not know them.
    """

    node: _Name
    incarnation: _Count
    sequence: _Count
    sent_at: float
    uptime_s: float
    interval_s: float
    services: _Services
    draining: bool = False
    leaving: bool = False
    load: Load = field(default_factory=Load)
    version: _Version = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret shared by the fleet; its `id` names it on the wire without telling it."""

    id: bytes
    secret: bytes = field(repr=False)

    @staticmethod
    def of(secret: bytes) -> "Key":
        """The key of a secret of at least `MIN_SECRET_BYTES` bytes, else `ValueError`."""
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"a key needs at least {MIN_SECRET_BYTES} bytes")
        return Key(hashlib.sha256(b"holdfast key id\0" + secret).digest()[:_KEY_ID_BYTES], secret)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of the fleet: `signing` signs, all verify. A new key is first added to every
    member's ring, then becomes the signing one, then the old one goes: rotation without a gap."""

    signing: Key
    verifying: Mapping[bytes, Key]

    @staticmethod
    def of(secrets: Iterable[bytes]) -> "Keyring":
        """A ring of one or more secrets, the first one signing; else `ValueError`."""
        keys = [Key.of(secret) for secret in secrets]
        if not keys:
            raise ValueError("a keyring needs at least one key")
        return Keyring(keys[0], {key.id: key for key in reversed(keys)})


@dataclass(frozen=True, slots=True)
class Rejection:
    """A datagram that is no heartbeat of our fleet. `reason`: one of a few constant words."""

    reason: str


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Heartbeat)


def encode(heartbeat: Heartbeat, keyring: Keyring) -> bytes:
    """The signed datagram; `ValueError` when the heartbeat is not a valid one or is too long."""
    body = _encoder.encode(heartbeat)
    if _parse(body) != heartbeat:
        raise ValueError(f"not a valid heartbeat: {heartbeat}")
    datagram = b"".join((_MAGIC, keyring.signing.id, _mac(keyring.signing, body), body))
    if len(datagram) > MAX_DATAGRAM_BYTES:
        raise ValueError(f"a heartbeat of {len(datagram)} bytes is over {MAX_DATAGRAM_BYTES}")
    return datagram


def decode(datagram: bytes, keyring: Keyring) -> Heartbeat | Rejection:
    """The heartbeat in a datagram, if a key of the ring signed it. Never raises."""
    if len(datagram) > MAX_DATAGRAM_BYTES:
        return Rejection("oversized")
    if len(datagram) <= _BODY_AT or not datagram.startswith(_MAGIC):
        return Rejection("foreign")
    key = keyring.verifying.get(datagram[len(_MAGIC) : len(_MAGIC) + _KEY_ID_BYTES])
    if key is None:
        return Rejection("unknown-key")
    body = datagram[_BODY_AT:]
    if not hmac.compare_digest(_mac(key, body), datagram[_BODY_AT - _MAC_BYTES : _BODY_AT]):
        return Rejection("forged")
    return _parse(body)


def _mac(key: Key, body: bytes) -> bytes:
    return hmac.digest(key.secret, _MAGIC + key.id + body, "sha256")


def _parse(body: bytes) -> Heartbeat | Rejection:
    try:
        heartbeat = _decoder.decode(body)
        for host, _ in heartbeat.services.values():
            ip_address(host)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # ValueError: bad UTF-8, or no numeric address. RecursionError: an unknown field a thousand
        # lists deep.
        return Rejection("malformed")
    times = (heartbeat.sent_at, heartbeat.uptime_s, heartbeat.load.loop_lag_s)
    if not all(math.isfinite(time) and time >= 0 for time in times):
        return Rejection("malformed")
    if not 0.01 <= heartbeat.interval_s <= 60 or not 0 <= heartbeat.load.cpu <= 1:
        return Rejection("malformed")
    return heartbeat
