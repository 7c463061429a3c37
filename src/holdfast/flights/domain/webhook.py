"""Webhooks: who wants to hear of what, what happened, and when a failed delivery is tried again.

An event is told at least once, in no order, to every active subscription of its owner and mode that
wants its type. Failures are tried again, each time after a longer wait, for 72 hours.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

FIRST_WAIT_S = 10.0
"""After the first failure: a receiver that is being restarted is back by then."""
LONGEST_WAIT_S = 6 * 3600.0
"""Waits double up to this: eleven tries on the first day, four on each that follows."""
GIVE_UP_S = 72 * 3600.0
"""From the first try on, as receivers are promised."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription. `secret` signs what is sent; `events` are types."""

    id: str
    owner: str
    live_mode: bool
    url: str
    events: tuple[str, ...]
    active: bool
    secret: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, as it was written down with it: `subject` is the id of what it is
    about, `number` its place among all happenings."""

    number: int
    owner: str
    live_mode: bool
    type: str
    order_id: str
    subject: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A happening in the bytes that are sent. `webhook_id`: the only subscription it is for, None
    for all that want its type."""

    id: str
    owner: str
    live_mode: bool
    type: str
    body: bytes
    created_at: datetime
    webhook_id: str | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """One event to bring to one subscription now; `tries` were made before, the first of them
    `age_s` seconds ago."""

    event_id: str
    owner: str
    live_mode: bool
    type: str
    body: bytes
    webhook_id: str
    url: str
    secret: str
    tries: int
    age_s: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try. `status` is the receiver's, None if it never answered; `answer` the beginning of
    what it said, or why it could not be asked."""

    id: str
    event_id: str
    webhook_id: str
    owner: str
    live_mode: bool
    type: str
    url: str
    succeeded: bool
    status: int | None
    answer: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: `port` is never missing."""

    scheme: str
    host: str
    port: int


def wait_after(tries: int, age_s: float) -> float | None:
    """Seconds to wait after so many failed tries, the first `age_s` ago; None: give up."""
    wait = min(FIRST_WAIT_S * 2 ** min(tries - 1, 30), LONGEST_WAIT_S)
    return wait if age_s + wait <= GIVE_UP_S else None


def target_of(url: str) -> Target | None:
    """Where an http or https URL leads; None for any other text, or one with a user in it."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    default = 443 if parts.scheme == "https" else 80
    return Target(parts.scheme, host, port or default)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the Internet's: no loopback, private, link-local or reserved
    one, however it is wrapped. False for what is no address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.sixtofour or found.teredo:
            return False  # tunnels to who knows where
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found.ipv4_mapped:
            return is_public(str(found.ipv4_mapped))
    return found.is_global and not found.is_multicast


def is_address(host: str) -> bool:
    """Whether a host is an IP address and not a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
