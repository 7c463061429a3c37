"""PURE. How many connections a client address, a listener and the whole balancer may hold.

An IPv6 client is its /64: that is the smallest thing a customer gets, so a single address of it
would be no limit at all. A refusal is a value that says which limit it was; the relay turns it into
bytes for the client and a count for the log.
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address

MAX_FAREWELLS = 1_024
"""Refused clients whose last bytes are waited for; beyond, they are closed at once."""
FILES_APART, FILES_EACH = 64 + MAX_FAREWELLS, 2
"""Descriptors kept for everything that is no connection (listeners, the log, Python, refused
clients), and those of a client: its own and that to its member."""


class Refusal(Enum):
    """Why a client is turned away, in words for the log."""

    CLIENT_FULL = "too many connections of this client address"
    LISTENER_FULL = "too many connections of this listener"
    BALANCER_FULL = "too many connections in all"
    CLIENT_HASTY = "too many new connections of this client address in a short time"
    LISTENER_HASTY = "too many new connections of this listener in a short time"
    ARRIVALS_FULL = "too many clients that have still to introduce themselves"
    NO_HEADER = "a trusted upstream sent no PROXY header"
    NOT_TLS = "no TLS where TLS is spoken"
    HANDSHAKE_FAILED = "the TLS handshake failed"
    LEFT = "hung up before it was let in"
    ARRIVED_LATE = "a PROXY header or a TLS handshake was not finished in time"
    NO_DESCRIPTORS = "out of file descriptors"
    NOBODY = "no member can be reached"
    LOST = "the member died before it answered"
    STOPPING = "the balancer stops"


TOLD = {
    Refusal.CLIENT_HASTY: "Too many new connections from your address in a short time: "
    "wait a moment, then try again.",
    Refusal.LISTENER_HASTY: "Too many new connections in a short time: "
    "wait a moment, then try again.",
    Refusal.ARRIVALS_FULL: "Too many connections are being opened just now: try again.",
    Refusal.ARRIVED_LATE: "Nothing came from you in time: connect again.",
    Refusal.NO_HEADER: "A PROXY protocol header is expected from your address.",
    Refusal.NOT_TLS: "This port speaks TLS only.",
}
"""What a client is told where its listener has no words of its own for it."""


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """Open connections at most: of one client address, of one listener, of the balancer."""

    per_client: int = 4_096
    per_listener: int = 8_192
    total: int = 8_192


def client_of(host: str) -> str:
    """The client an address counts for: itself, or its /64 network for IPv6."""
    if ":" not in host:
        return host
    address = IPv6Address(host.partition("%")[0])
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"


class Admission:
    """Counts open connections against the limits."""

    def __init__(self, limits: AdmissionLimits | None = None) -> None:
        self.limits = limits or AdmissionLimits()
        self.total = 0
        self._by_client: dict[str, int] = {}
        self._by_listener: dict[int, int] = {}

    def enter(self, listener: int, client: str) -> Refusal | None:
        """Count one more connection; a refusal counts nothing."""
        by_client, by_listener, limits = self._by_client, self._by_listener, self.limits
        of_client, of_listener = by_client.get(client, 0), by_listener.get(listener, 0)
        if (
            self.total >= limits.total
            or of_listener >= limits.per_listener
            or of_client >= limits.per_client
        ):
            return self.refusal(listener, client)
        self.total += 1
        by_client[client], by_listener[listener] = of_client + 1, of_listener + 1
        return None

    def refusal(self, listener: int, client: str) -> Refusal | None:
        """What one more connection would be refused for; it counts nothing."""
        of_client = self._by_client.get(client, 0)
        of_listener = self._by_listener.get(listener, 0)
        if self.total >= self.limits.total:
            return Refusal.BALANCER_FULL
        if of_listener >= self.limits.per_listener:
            return Refusal.LISTENER_FULL
        if of_client >= self.limits.per_client:
            return Refusal.CLIENT_FULL
        return None

    def open_on(self, listener: int) -> int:
        """Connections of a listener that are open now."""
        return self._by_listener.get(listener, 0)

    def leave(self, listener: int, client: str) -> None:
        """A connection that had entered is closed."""
        self.total -= 1
        self._by_listener[listener] -= 1
        left = self._by_client[client] - 1
        if left:
            self._by_client[client] = left
        else:
            del self._by_client[client]
