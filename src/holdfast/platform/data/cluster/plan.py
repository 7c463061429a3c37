"""PURE. The plan of a cluster: its members, their ports and folders, and the choices made for it.

Each member is one PostgreSQL server under one Patroni; beside it, where the store is etcd, one
etcd. A member of Patroni's own Raft needs no other process. The plan is a value that fits into a
command line; passwords are not in it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

StoreKind = Literal["etcd", "raft"]
WhenAlone = Literal["durable", "available"]

MEMBERS = 3
"""The fewest that survive the loss of one: a majority of two is left to agree."""
PORTS_OF_A_KIND = 10
"""The ports of one kind lie side by side; those of the next kind begin so many further."""
THIS_MACHINE = ("127.0.0.1/32", "::1/128")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""It is a part of file names, of keys in the store and of Patroni's own names."""


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """One member: its name, its address, and its ports.

    `postgres` and `rest` (Patroni's API) belong to the database, `client` and `peer` to the store.
    """

    name: str
    address: str
    postgres: int
    rest: int
    client: int
    peer: int

    @property
    def rest_url(self) -> str:
        """Where this member's Patroni answers."""
        return f"http://{self.address}:{self.rest}"

    @property
    def client_url(self) -> str:
        """Where this member's etcd answers clients."""
        return f"http://{self.address}:{self.client}"

    @property
    def peer_url(self) -> str:
        """Where this member's etcd answers the other two."""
        return f"http://{self.address}:{self.peer}"


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """A cluster on the data folder `data`.

    `networks` may connect to the servers (CIDR). `when_alone`: what happens to writes when no
    synchronous replica is left. Not `durable` gives up safety against power loss: for tests only.
    `archive`: the folder that keeps the log (empty: none), which gets at least a file in
    `archive_every_s`.
    """

    data: Path
    members: tuple[MemberPlan, ...]
    store: StoreKind = "etcd"
    when_alone: WhenAlone = "durable"
    fast_failover: bool = False
    networks: tuple[str, ...] = THIS_MACHINE
    bin_dir: str = ""
    durable: bool = True
    max_connections: int = 120
    scope: str = "holdfast"
    archive: str = ""
    archive_every_s: float = 60.0

    @property
    def folder(self) -> Path:
        """Everything of the cluster."""
        return cluster_folder(self.data)

    @property
    def first(self) -> MemberPlan:
        """The member whose folder the others copy when the cluster is new."""
        return self.members[0]

    def member(self, name: str) -> MemberPlan:
        """The member of a name; `KeyError` when there is none."""
        for member in self.members:
            if member.name == name:
                return member
        raise KeyError(name)

    def others(self, name: str) -> tuple[MemberPlan, ...]:
        """All members but the named one."""
        return tuple(member for member in self.members if member.name != name)

    def folder_of(self, name: str) -> Path:
        """Everything of one member; it belongs to the user that runs PostgreSQL."""
        return self.folder / name

    def postgres_of(self, name: str) -> Path:
        """One member's PostgreSQL folder."""
        return self.folder_of(name) / "postgres"

    def store_of(self, name: str) -> Path:
        """One store member's folder."""
        return self.folder / f"store-{name}"

    def text(self) -> str:
        """The plan as JSON, for a command line or a file."""
        return json.dumps({**asdict(self), "data": str(self.data.absolute())})


def cluster_folder(data: Path) -> Path:
    """Where the cluster of a data folder lies."""
    return data / "cluster"


def read_plan(text: str) -> ClusterPlan:
    """The plan that `ClusterPlan.text` wrote; `ValueError` or `TypeError` when it is none."""
    said = json.loads(text)
    members = tuple(MemberPlan(**member) for member in said.pop("members"))
    networks = tuple(said.pop("networks"))
    data = Path(said.pop("data"))
    return ClusterPlan(data=data, members=members, networks=networks, **said)


def members_here(base_port: int, count: int = MEMBERS) -> tuple[MemberPlan, ...]:
    """Members on this machine, named m1, m2, ...; they take the ports from `base_port` on."""
    return tuple(member_at(f"m{n + 1}", "127.0.0.1", base_port + n) for n in range(count))


def members_apart(named: Sequence[str], base_port: int) -> tuple[MemberPlan, ...]:
    """Members on machines of their own, from `name=address` each; the ports are the same on all.

    `ValueError` says what is wrong with the list.
    """
    members = []
    for entry in named:
        name, _, address = entry.partition("=")
        try:
            IPv4Address(address)  # etcd listens at no name, and no failover waits for a name server
        except ValueError:
            address = ""
        if not (address and _NAME.fullmatch(name)):
            raise ValueError(f"{entry!r} must have the form name=address, like m1=192.0.2.2")
        members.append(member_at(name, address, base_port))
    if len(members) != MEMBERS:
        raise ValueError(f"a cluster has {MEMBERS} members, not {len(members)}")
    if len({m.name for m in members}) < MEMBERS or len({m.address for m in members}) < MEMBERS:
        raise ValueError("each member has a name and an address of its own")
    return tuple(members)


def member_at(name: str, address: str, base_port: int) -> MemberPlan:
    """A member with the usual distance between its four ports."""
    postgres, rest, client, peer = (base_port + kind * PORTS_OF_A_KIND for kind in range(4))
    return MemberPlan(name, address, postgres, rest, client, peer)


def continued(recorded: ClusterPlan, wanted: ClusterPlan) -> ClusterPlan:
    """The plan of a cluster that exists already: what may change is taken from `wanted`.

    `ValueError` says what may not: members and ports are known to the store, and an etcd cannot
    take over what Patroni's own Raft has agreed on.
    """
    if recorded.members != wanted.members:
        before, after = recorded.first.postgres, wanted.first.postgres
        raise ValueError(
            f"it was made for {len(recorded.members)} members from port {before} on, not "
            f"{len(wanted.members)} from port {after} on"
        )
    return replace(wanted, store=recorded.store)
