"""PURE. The law of passages: proof that a request came through a gateway, and for whom.

A passage is the header `x-holdfast-passage`: time, client, scheme and the balancer's name of the
connection (its *trace*), sealed (HMAC-SHA256) together with the request's id, method and target
under the key of the hour. The key of an hour follows from
a secret of the data folder, so it changes by itself; the hour of a passage is that of its own time,
so the keys of two hours are good around the change. Secrets rotate, too: the first one seals, all
are believed. Nothing here is told to clients, and a client's own passage is dropped.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

HEADER = b"x-holdfast-passage"
WINDOW_S = 60.0
"""Clocks of one fleet differ less, and no request waits so long between two processes."""
KEY_S = 3600
"""How long a key seals."""
MAX_KEYS = 8
"""Derived keys that are kept: two hours of four secrets."""
MIN_SECRET_BYTES = 16
_FORM = re.compile(
    rb"1 ([0-9]{10}) ([0-9a-f.:]{2,45}) ([0-9]{1,5}) (https?) (?:([0-9a-f]{32}) )?([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Passenger:
    """For whom a request came: the client's address, the scheme it spoke, and what the balancer
    calls its connection; empty when it has no name."""

    host: str
    port: int
    scheme: str
    trace: str = ""


@dataclass(slots=True)
class Seal:
    """Seals and believes passages. `secrets`: the first seals, all are believed."""

    secrets: Sequence[bytes] = field(repr=False)
    _keys: "dict[tuple[bytes, int], hmac.HMAC]" = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.secrets or min(map(len, self.secrets)) < MIN_SECRET_BYTES:
            raise ValueError(f"a secret has at least {MIN_SECRET_BYTES} bytes")

    def stamp(self, who: Passenger, request: bytes, now: float) -> bytes:
        """The header's value. `request`: see `subject`; `now`: seconds since 1970."""
        trace = f"{who.trace} " if who.trace else ""
        told = f"1 {int(now)} {who.host} {who.port} {who.scheme} {trace}".encode("ascii")
        sealing = self._key(self.secrets[0], int(now) // KEY_S)
        sealing.update(told + request)
        return told + sealing.hexdigest().encode("ascii")

    def read(self, value: bytes, request: bytes, now: float) -> Passenger | None:
        """For whom a request came; None when the passage is not ours, old, or another request's."""
        found = _FORM.fullmatch(value)
        if found is None:
            return None
        at = int(found.group(1))
        if abs(now - at) > WINDOW_S:
            return None
        told = value[: found.start(6)] + request
        given = bytes.fromhex(found.group(6).decode("ascii"))
        right = []
        for secret in self.secrets:
            sealing = self._key(secret, at // KEY_S)
            sealing.update(told)
            right.append(hmac.compare_digest(given, sealing.digest()))
        if not any(right):
            return None
        host, port, scheme, trace = ((found.group(n) or b"").decode("ascii") for n in (2, 3, 4, 5))
        return Passenger(host, int(port), scheme, trace)

    def _key(self, secret: bytes, hour: int) -> hmac.HMAC:
        """A seal that has taken the key of the hour, and nothing else yet."""
        key = self._keys.get((secret, hour))
        if key is None:
            if len(self._keys) >= MAX_KEYS:
                del self._keys[next(iter(self._keys))]
            of_hour = hmac.digest(secret, b"holdfast passage %d" % hour, "sha256")
            key = self._keys[secret, hour] = hmac.new(of_hour, digestmod="sha256")
        return key.copy()


def subject(request_id: bytes, method: str, path: bytes, query: bytes) -> bytes:
    """What a passage is sealed with; no part holds a line break."""
    return b"\n".join((request_id, method.encode("latin-1"), path, query))
