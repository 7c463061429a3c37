"""PURE. The law of the brake: who guesses waits, longer each time, and the owner is not locked out.

Three things are counted: an account from one address, an address, and an account from anywhere. The
first two wait up to a quarter of an hour; the last, which a stranger can set off for somebody else,
never longer than half a minute. A try is counted before it is judged, so that many at once are
many; a right one takes its counts back. Whether an account exists makes no difference.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

FORGOTTEN_S = 3600.0
"""An hour without a try, and a count begins anew."""
MAX_DOUBLINGS = 30
"""Beyond any longest wait; keeps the power from growing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """So many tries are free; then the wait begins with one second, doubles, and ends there."""

    free: int
    longest_s: float


PAIR = Rule(free=4, longest_s=900.0)
ADDRESS = Rule(free=30, longest_s=900.0)
"""A lecture hall behind one address mistypes now and then."""
ACCOUNT = Rule(free=12, longest_s=30.0)


@dataclass(frozen=True, slots=True)
class Counter:
    """One thing that is counted, by which rule."""

    key: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class Count:
    """How many tries there were, the last of them when."""

    tries: int
    last_at: datetime


def counters(name: str, address: str) -> tuple[Counter, Counter, Counter]:
    """What a try for an account from an address counts on: pair, address, account."""
    place = network_of(address)
    return (
        Counter(f"pair:{name}|{place}", PAIR),
        Counter(f"address:{place}", ADDRESS),
        Counter(f"account:{name}", ACCOUNT),
    )


def wait_s(rule: Rule, count: Count | None, now: datetime) -> float:
    """How long to wait from now before the next try is looked at; 0 for not at all."""
    if count is None or count.tries < rule.free:
        return 0.0
    since_s = (now - count.last_at).total_seconds()
    if since_s >= FORGOTTEN_S:
        return 0.0
    delay_s = min(rule.longest_s, 2.0 ** min(count.tries - rule.free, MAX_DOUBLINGS))
    return max(0.0, delay_s - max(0.0, since_s))


def longest_wait_s(
    asked: Sequence[Counter], counts: Sequence[Count | None], now: datetime
) -> float:
    """The longest of the waits."""
    pairs = zip(asked, counts, strict=True)
    return max((wait_s(counter.rule, count, now) for counter, count in pairs), default=0.0)


def tries_after(count: Count | None, now: datetime) -> int:
    """The count when one more try has been made."""
    if count is None or (now - count.last_at).total_seconds() >= FORGOTTEN_S:
        return 1
    return count.tries + 1


def network_of(address: str) -> str:
    """Whom an address belongs to: itself, or the /64 of an IPv6 one, for those are given out so."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "nowhere"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
