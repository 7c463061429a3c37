"""PURE. Which listeners the kernel may carry, and where: the reasons not to, in words.

The kernel moves packets, it reads no bytes. What needs the bytes stays on the relay, and so does
what the kernel could carry only by changing the machine's settings. A reason is a sentence for the
log; no reason means that it can.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from typing import Protocol

from holdfast.platform.membership.wire import Endpoint


class Declared(Protocol):
    """What a listener says about itself."""

    @property
    def transport(self) -> str: ...

    @property
    def service(self) -> str: ...

    @property
    def proxied(self) -> bool: ...


class Side(Enum):
    """Where the members are, and so which clients the kernel can bring to them."""

    LOOPBACK = "loopback"
    """Members on 127.0.0.1 or ::1: only clients that connect there, too."""
    NETWORK = "network"
    """Members with addresses of a network: every client that does not come over loopback."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listener's members are: address family (4 or 6) and side."""

    family: int
    side: Side


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine lets packets do: whether it forwards them, by family."""

    forwards_4: bool
    forwards_6: bool


def obstacle(
    listener: Declared, headerless: Collection[str], *, introduces: bool = False
) -> str | None:
    """Why a listener stays on the relay whoever its members are; None when it may leave.

    `headerless`: services whose members do without a PROXY header, by the operator's word.
    `introduces`: clients begin with a PROXY header or with TLS, which is read here.
    """
    if listener.transport == "udp":
        udp = "its members expect a PROXY header, by which an answer finds its client"
        return udp if listener.proxied else None
    if introduces:
        return "its clients begin with a PROXY header or TLS, which only the relay reads"
    if listener.proxied and listener.service not in headerless:
        return (
            "its members expect a PROXY header (balancer.kernel_services names those that do not)"
        )
    return None


def place_of(endpoints: Collection[Endpoint]) -> Place | str:
    """Where all of a listener's members are, or why the kernel cannot bring clients to them."""
    places = {_place(host) for host, _ in endpoints}
    if len(places) == 1:
        return places.pop()
    if not places:
        return "no member is there"
    if len({place.family for place in places}) > 1:
        return "some members have IPv4 addresses and some IPv6"
    return "some members are on loopback and some are not"


def blocked(place: Place, machine: Machine, bound: str) -> str | None:
    """Why clients of a listener bound to `bound` cannot reach members there; None if they can."""
    host = ip_address(bound)
    reachable = host.is_unspecified or host.is_loopback == (place.side is Side.LOOPBACK)
    if not reachable:
        return f"it listens on {bound} and its members are on the {place.side.value} side"
    if host.version == 4 and place.family == 6:
        return "it listens on IPv4 and its members have IPv6 addresses"
    if host.version == 6 and place.family == 4 and not host.is_unspecified:
        return "it listens on IPv6 and its members have IPv4 addresses"
    if place.side is Side.NETWORK and not _forwards(place, machine):
        name = "net.ipv4.ip_forward" if place.family == 4 else "net.ipv6.conf.all.forwarding"
        return f"this machine forwards no packets: sysctl -w {name}=1"
    return None


def told(reasons: Sequence[tuple[str, str]]) -> str:
    """Listeners and why they stay, as one line of the log."""
    return "; ".join(f"{name}: {why}" for name, why in reasons) or "none"


def _forwards(place: Place, machine: Machine) -> bool:
    return machine.forwards_4 if place.family == 4 else machine.forwards_6


def _place(host: str) -> Place:
    address = ip_address(host)
    return Place(address.version, Side.LOOPBACK if address.is_loopback else Side.NETWORK)
