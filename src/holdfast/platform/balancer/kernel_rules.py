"""PURE. The ruleset: members and slots in, one transaction for `nft -f -` out.

One table of our own, `holdfast_<heartbeat port>`. The map `doors` leads a listener's port to its
chain, and its elements expire: rules of a balancer that is no more fall through to the relay's
port within `LEASE_S`. Every change first proves that the table is still ours (the token in
`owner`), or all of it fails: a successor is never disturbed by the one it succeeds. Only a first
packet (SYN; on UDP, the first of a flow) is looked at. A member's refusal of it is dropped: the
client sends again, and by then the next member, or the relay, is there for it.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from holdfast.platform.balancer.kernel_choice import Place, Side
from holdfast.platform.balancer.kernel_shares import Spread
from holdfast.platform.balancer.proxy_protocol import Transport
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.membership.wire import Endpoint

PREFIX = "holdfast_"
LEASE_S = 15
"""How long rules outlive the last word of their balancer: longer than a restart of it takes."""
HASH_SEED = 0x1F6D
"""All balancers of a fleet hash alike."""
MAX_CLIENTS = 65_536
"""Client addresses that are counted at once; beyond, new ones are not limited."""
PACE_S = 60
"""How long a client's rate is remembered after its last connection."""
MOST_BURST = 1_000_000
ANSWER_S, GONE_S, CLOSED_S = 60, 3, 3
"""How long the kernel remembers a connection that is not answered, has ended, was reset. The last
two only for packets that are sent again: ten thousand connections a second would fill its table."""
MOST_FLOWS = 65_536
"""Places for UDP flows that are new at a port, as many as the relay's whole table has."""
NEWCOMER_S = 60
"""How long a UDP flow is remembered that was silent, until it is known to be a conversation."""
RELAYED_PER_S, RELAYED_S = 5_000, 10
"""First datagrams for the relay, of all clients at a port, that the kernel tracks in a second, and
how long it remembers those without an answer: 50,000 entries at most. More are dropped."""
NOTES, NOTED_S = 4_096, 10
"""Members whose refusals of datagrams are noted, and for how long."""
_FLAGS = "tcp flags & (fin | syn | rst | ack)"
_REFUSAL = f"{_FLAGS} == (rst | ack) tcp sequence 0 ct direction reply"
"""How a closed port answers a SYN (RFC 9293, section 3.5.2): a reset that carries no number."""
_ALIVE = ("ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT")
"""States of connections that somebody may still be using."""
_DOORS = {"tcp": "doors", "udp": "udp_doors"}
_SECOND = re.compile(r" src=.* src=(?P<host>\S+) .*sport=(?P<port>\d+) ")
_LOOPBACK = {4: "127.0.0.0/8", 6: "::1"}
_WORD = {4: "ip", 6: "ip6"}
_CLIENT = {4: "ip saddr", 6: "ip6 saddr & ffff:ffff:ffff:ffff::"}
"""Whom a connection counts for: an IPv4 address, or an IPv6 /64 network."""
_UNREACHABLE = {
    4: "icmp type destination-unreachable icmp code port-unreachable",
    6: "icmpv6 type destination-unreachable icmpv6 code port-unreachable",
}
"""How a closed UDP port answers."""
_UNKNOWN = "ct status and (confirmed | dnat) == 0"
"""A first packet from outside that no rule has taken: the relay's."""
_BASE_CHAINS = (
    ("arriving", "type nat hook prerouting priority -100"),
    ("leaving", "type nat hook output priority -100"),
    ("hidden", "type nat hook postrouting priority 100"),
    ("refused_here", "type filter hook input priority 0"),
    ("refused_there", "type filter hook forward priority 0"),
)


Gate = tuple[Transport, int]
"""A public port: ports of TCP and of UDP may have one number."""


@dataclass(frozen=True, slots=True)
class Table:
    """What holds for all of a balancer's rules. `idle_s`: when a silent connection is forgotten;
    `per_client`: connections of one client at a port; `client_rate`, `port_rate`: new ones, but for
    those in the networks `spared`; `gateway`: members answer through this machine by themselves,
    so that their clients' addresses may stay. `flow_idle_s`, `flows_per_client`, `flow_rate`: the
    same of UDP flows; `flows`: how many may be new at a port."""

    name: str
    token: int
    idle_s: int
    per_client: int
    client_rate: RateLimit = field(default_factory=RateLimit)
    port_rate: RateLimit = field(default_factory=RateLimit)
    spared: tuple[str, ...] = ()
    gateway: bool = False
    flow_idle_s: int = 300
    flows_per_client: int = 4_096
    flow_rate: RateLimit = field(default_factory=RateLimit)
    flows: int = MOST_FLOWS

    @property
    def newcomer_s(self) -> int:
        """How long a silent newcomer's flow is remembered."""
        return min(self.flow_idle_s, NEWCOMER_S)


@dataclass(frozen=True, slots=True)
class Door:
    """A listener as the kernel carries it: `host` is where it is bound (perhaps a wildcard), and
    `slots` are the members' addresses in the order of their turns, at least one."""

    port: int
    host: str
    place: Place
    spread: Spread
    slots: tuple[Endpoint, ...]
    transport: Transport = "tcp"

    @property
    def gate(self) -> Gate:
        return self.transport, self.port


def begin(table: Table, gates: Collection[Gate]) -> str:
    """A fresh table, in place of one of the same name, that carries nothing yet."""
    name = f"inet {table.name}"
    lines = [
        # Deleting what is not there would fail, so it is made first.
        f"add table {name}",
        f"delete table {name}",
        f"add table {name}",
        f"add set {name} owner {{ type mark; elements = {{ {table.token} }}; }}",
        f"add map {name} doors {{ type inet_service : verdict; flags timeout; }}",
        f"add map {name} udp_doors {{ type inet_service : verdict; flags timeout; }}",
        f"add ct timeout {name} patience {{ protocol tcp; policy = {_timeouts(table.idle_s)}; }}",
        *_udp_timeouts(table),
        *(_notes(name, version) for version in _WORD),
        *(f"add chain {name} {chain} {{ {kind}; }}" for chain, kind in _BASE_CHAINS),
        f"add chain {name} refusals",
    ]
    for gate in sorted(gates):
        lines += _prepare(table, gate)
    for chain in ("refused_here", "refused_there"):
        lines.append(f"add rule {name} {chain} {_REFUSAL} jump refusals")
    for chain in ("arriving", "leaving"):
        lines.append(f"add rule {name} {chain} {_FLAGS} == syn tcp dport vmap @doors")
        lines.append(f"add rule {name} {chain} udp dport vmap @udp_doors")
    return _transaction(lines)


def update(table: Table, changed: Sequence[Door], opened: Collection[Gate]) -> str:
    """Give the changed listeners new slots, and let clients in at these ports, and no others, for
    the next `LEASE_S`."""
    name = f"inet {table.name}"
    lines = [*_claim(table), *(f"flush map {name} {doors}" for doors in _DOORS.values())]
    for door in changed:
        chain = f"p{_label(door.gate)}"
        lines.append(f"flush chain {name} {chain}")
        lines += (f"add rule {name} {chain} {rule}" for rule in _rules(table, door))
    for gate in sorted(opened):
        element = f"{gate[1]} timeout {LEASE_S}s : jump p{_label(gate)}"
        lines.append(f"add element {name} {_DOORS[gate[0]]} {{ {element} }}")
    return _transaction(lines)


def end(table: Table) -> str:
    """Remove the table, if it is ours."""
    return _transaction([*_claim(table), f"delete table inet {table.name}"])


def notes(table: Table, version: int) -> tuple[str, ...]:
    """The arguments of `nft` that list who refused datagrams, and of which member."""
    return ("-j", "list", "set", "inet", table.name, f"refusals{version}")


def wipe_notes(table: Table, version: int) -> str:
    """Forget them, if the table is ours."""
    return _transaction([*_claim(table), f"flush set inet {table.name} refusals{version}"])


def counted(answer: bytes) -> dict[Gate, int]:
    """Public port -> clients let in since the start, of `nft -j list counters`; empty if it cannot
    be read."""
    try:
        found = json.loads(answer)["nftables"]
        counters = [each["counter"] for each in found if "counter" in each]
        return {_gate(each["name"][1:]): int(each["packets"]) for each in counters}
    except (ValueError, KeyError, TypeError):
        return {}


def forget(gate: Gate, endpoint: Endpoint, *, unanswered: bool) -> tuple[str, ...]:
    """The arguments of `conntrack` that delete what it knows of a member's clients at a port: of
    those whose SYN was not answered, or of all."""
    host, member_port = endpoint
    family = "ipv6" if ":" in host else "ipv4"
    state = ("--state", "SYN_SENT") if unanswered else ()
    return (
        *("-D", "-f", family, "-p", gate[0], *state, "--orig-port-dst", str(gate[1])),
        *("--reply-src", host, "--reply-port-src", str(member_port)),
    )


def still_open(port: int) -> list[tuple[str, ...]]:
    """The arguments of `conntrack`, for several runs, that list the kernel's clients of a port."""
    listing = ("-L", "-p", "tcp", "--dst-nat", "--orig-port-dst", str(port))
    families = ("ipv4", "ipv6")
    return [(*listing, "--state", state, "-f", each) for state in _ALIVE for each in families]


def flows_at(port: int) -> list[tuple[str, ...]]:
    """The arguments of `conntrack`, for several runs, that list the kernel's flows of a UDP port,
    perhaps those of a balancer that is no more."""
    listing = ("-L", "-p", "udp", "--dst-nat", "--orig-port-dst", str(port))
    return [(*listing, "-f", each) for each in ("ipv4", "ipv6")]


def members_in(listing: bytes) -> set[Endpoint]:
    """Whom listed flows lead to: the second address and port of each line."""
    found = (_SECOND.search(line) for line in listing.decode("ascii", "replace").splitlines())
    return {(match["host"], int(match["port"])) for match in found if match is not None}


def _label(gate: Gate) -> str:
    """A public port in the names of chains, sets and counters."""
    transport, port = gate
    return str(port) if transport == "tcp" else f"{port}_udp"


def _gate(label: str) -> Gate:
    port, _, transport = label.partition("_")
    return ("udp" if transport else "tcp"), int(port)


def _udp_timeouts(table: Table) -> list[str]:
    """The kernel takes a flow for a conversation when it is answered and two seconds old."""
    lines = []
    for policy, unreplied in (("flow_patience", table.newcomer_s), ("relayed_patience", RELAYED_S)):
        waits = f"unreplied: {unreplied}, replied: {table.flow_idle_s}"
        kind = f"protocol udp; policy = {{ {waits} }};"
        lines.append(f"add ct timeout inet {table.name} {policy} {{ {kind} }}")
    return lines


def _notes(name: str, version: int) -> str:
    kind = f"type ipv{version}_addr . ipv{version}_addr . inet_service; size {NOTES};"
    kind = f"{kind} flags dynamic, timeout; timeout {NOTED_S}s;"
    return f"add set {name} refusals{version} {{ {kind} }}"


def _timeouts(idle_s: int) -> str:
    """An idle connection is forgotten when the relay would close it; a half-closed one lives as
    long. Ended ones go soon: at thousands a second they would fill the kernel's table."""
    policy = dict.fromkeys(("established", "fin_wait", "close_wait"), idle_s)
    policy |= {"syn_sent": ANSWER_S, "syn_recv": ANSWER_S, "time_wait": GONE_S, "close": CLOSED_S}
    return "{ " + ", ".join(f"{state}: {seconds}" for state, seconds in policy.items()) + " }"


def _prepare(table: Table, gate: Gate) -> list[str]:
    """A listener's chain, its counter, its clients, and what concerns its packets later."""
    name, label = f"inet {table.name}", _label(gate)
    transport, port = gate
    lines = [f"add chain {name} p{label}", f"add counter {name} c{label}"]
    ours = f"meta l4proto {transport} ct status dnat ct original proto-dst {port}"
    for version, word in _WORD.items():
        kind = f"type ipv{version}_addr; size {MAX_CLIENTS}; flags dynamic;"
        lines.append(f"add set {name} clients{version}_{label} {{ {kind} }}")
        kind = kind.replace("dynamic", "dynamic, timeout") + f" timeout {PACE_S}s;"
        lines.append(f"add set {name} pace{version}_{label} {{ {kind} }}")
        if not table.gateway:
            away = f"meta nfproto ipv{version} {word} daddr != {_LOOPBACK[version]}"
            lines.append(f"add rule {name} hidden {away} {ours} masquerade")
    if transport == "tcp":
        return [*lines, f"add rule {name} refusals {ours} drop"]
    return lines + _prepare_flows(table, port)


def _prepare_flows(table: Table, port: int) -> list[str]:
    """What UDP needs besides: places for newcomers, refusals kept back and noted, and a bound on
    what a flood makes the kernel track for the relay."""
    name = f"inet {table.name}"
    lines = []
    about = f"ct state related ct status dnat ct protocol udp ct original proto-dst {port}"
    for version, word in _WORD.items():
        kind = f"type ipv{version}_addr . inet_service; size {min(table.flows, MOST_FLOWS)};"
        kind = f"{kind} flags dynamic, timeout; timeout {table.newcomer_s}s;"
        lines.append(f"add set {name} newcomers{version}_{port}_udp {{ {kind} }}")
        member = f"ct reply {word} saddr . ct reply proto-src"
        note = f"add @refusals{version} {{ {word} saddr . {member} }}"
        for chain in ("refused_here", "refused_there"):
            lines.append(f"add rule {name} {chain} {_UNREACHABLE[version]} {about} {note} drop")
    over = f"limit rate over {RELAYED_PER_S}/second burst {RELAYED_PER_S} packets"
    for what in (f"{over} drop", 'ct timeout set "relayed_patience"'):
        lines.append(f"add rule {name} refused_here udp dport {port} {_UNKNOWN} {what}")
    return lines


def _rules(table: Table, door: Door) -> list[str]:
    """A listener's rules: too many or too often (the relay tells it so), the rest to a slot."""
    version = door.place.family
    word, client = _WORD[version], _CLIENT[version]
    to_us = f"meta nfproto ipv{version} {' '.join(_conditions(door))}"
    label, udp = _label(door.gate), door.transport == "udp"
    most = table.flows_per_client if udp else table.per_client
    limit = f"add @clients{version}_{label} {{ {client} ct count over {most} }}"
    mod = len(door.slots)
    turn = f"numgen inc mod {mod}"
    if door.spread is Spread.HASH:
        turn = f"jhash {word} saddr mod {mod} seed {HASH_SEED}"
    slots = ", ".join(
        f"{number} : {host} . {port}" for number, (host, port) in enumerate(door.slots)
    )
    dnat = f"dnat {word} to {turn} map {{ {slots} }}"
    known = 'meta l4proto tcp ct timeout set "patience"'
    if udp:  # a full set ends the rule here, and the relay has the rest
        place = f"add @newcomers{version}_{label} {{ {word} saddr . udp sport }}"
        known = f'meta l4proto udp {place} ct timeout set "flow_patience"'
    return [
        *(f"{to_us} {pace} return" for pace in _paces(table, door)),
        f"{to_us} {limit} return",
        f'{to_us} {known} counter name "c{label}" {dnat}',
    ]


def _paces(table: Table, door: Door) -> list[str]:
    """What is true of a client that comes too soon after others."""
    version = door.place.family
    spared = ", ".join(_networks(table.spared, version))
    whom = f"{_WORD[version]} saddr != {{ {spared} }} " if spared else ""
    paces = []
    udp = door.transport == "udp"
    rate = table.flow_rate if udp else table.client_rate
    if rate.per_s:
        bucket = f"@pace{version}_{_label(door.gate)}"
        paces.append(f"{whom}add {bucket} {{ {_CLIENT[version]} {_over(rate)} }}")
    if table.port_rate.per_s and not udp:
        paces.append(f"{whom}{_over(table.port_rate)}")
    return paces


def _networks(texts: Sequence[str], version: int) -> list[str]:
    """Those of one family, none inside another: a set of nft may not have such."""
    networks = [ip_network(text, strict=False) for text in texts]
    if version == 4:
        four = [each for each in networks if isinstance(each, IPv4Network)]
        return [str(each) for each in collapse_addresses(four)]
    six = [each for each in networks if isinstance(each, IPv6Network)]
    return [str(each) for each in collapse_addresses(six)]


def _over(rate: RateLimit) -> str:
    """nft counts whole packets, so a rate is told by the minute."""
    burst = min(max(1, int(rate.burst)), MOST_BURST)
    return f"limit rate over {max(1, round(60 * rate.per_s))}/minute burst {burst} packets"


def _conditions(door: Door) -> list[str]:
    """Where a packet must be going, to be this listener's and to reach its members."""
    version, word = door.place.family, _WORD[door.place.family]
    conditions = []
    if door.host in ("0.0.0.0", "::"):  # noqa: S104  recognised, not bound
        sign = "==" if door.place.side is Side.LOOPBACK else "!="
        conditions.append(f"{word} daddr {sign} {_LOOPBACK[version]}")
        conditions.append("fib daddr type local")
    else:
        conditions.append(f"{word} daddr {door.host}")
    return conditions


def _claim(table: Table) -> list[str]:
    """Fails the transaction when the table is not ours any more."""
    element = f"element inet {table.name} owner {{ {table.token} }}"
    return [f"delete {element}", f"add {element}"]


def _transaction(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
