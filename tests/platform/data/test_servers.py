"""Many servers behind one door: the leader is found, followed, and never guessed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data import servers as module
from holdfast.platform.data.failures import Unavailable, WrongServer
from holdfast.platform.data.pool import Pool
from holdfast.platform.data.routing import Facts, Read, Write
from holdfast.platform.data.servers import Dealings, Purpose, Servers
from tests.support.eventually import eventually


@dataclass(eq=False)
class FakeSession:
    """A session to one fake server."""

    server: str
    purpose: Purpose
    closed: bool = False

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = True

    async def close(self, *, timeout: float | None = None) -> None:
        self.closed = True


@dataclass
class Cluster:
    """Fake servers: who leads on which timeline, who is away, who refuses the login."""

    leads: dict[str, int] = field(default_factory=dict)
    position: dict[str, int] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    hangs: set[str] = field(default_factory=set)
    refuses: set[str] = field(default_factory=set)
    looks: dict[str, int] = field(default_factory=dict)

    async def connect(self, server: str, purpose: Purpose) -> FakeSession:
        if server in self.refuses:
            raise Mistake("the login is wrong")
        if server in self.hangs:
            await asyncio.Event().wait()
        if server in self.away or (purpose == "write" and server not in self.leads):
            raise WrongServer(f"{server} cannot")
        return FakeSession(server, purpose)

    async def look(self, session: FakeSession) -> Facts:
        self.looks[session.server] = self.looks.get(session.server, 0) + 1
        if session.server in self.hangs:
            await asyncio.Event().wait()
        if session.server in self.away:
            raise Unavailable("gone")
        timeline = self.leads.get(session.server, 0)
        position = self.position.get(session.server, 0)
        return Facts(0.0, timeline > 0, timeline, position)


@contextlib.asynccontextmanager
async def started(
    cluster: Cluster, *names: str, wait_s: float = 5.0
) -> AsyncIterator[Servers[FakeSession]]:
    dealings = Dealings(
        cluster.connect,
        cluster.look,
        lambda connect: Pool(connect, size=2, waiting=10, acquire_s=1.0),
    )
    servers = Servers(names, dealings, wait_s=wait_s)
    await servers.start()
    try:
        yield servers
    finally:
        await servers.close(1.0)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(module, "LOOK_S", 0.1)


async def test_one_server_is_used_without_a_look() -> None:
    cluster = Cluster()
    async with started(cluster, "only") as servers:
        name, pool = await servers.pool(Write())
        session = await pool.acquire()
        pool.release(session)
        assert (name, session.purpose, cluster.looks) == ("only", "any", {})
        servers.doubt("only")
        assert servers.ready(Read(after=10)) == ("only", pool)
        assert servers.is_leader("only")


async def test_writes_go_to_the_leader_wherever_it_stands_in_the_address() -> None:
    async with started(Cluster(leads={"c": 1}), "a", "b", "c") as servers:
        name, pool = await servers.pool(Write())
        assert name == "c"
        assert (await pool.acquire()).purpose == "write"


async def test_a_server_that_hangs_does_not_keep_anybody_from_the_leader() -> None:
    async with started(Cluster(leads={"b": 1}, hangs={"a"}), "a", "b") as servers:
        assert (await servers.pool(Write()))[0] == "b"


async def test_a_promotion_is_followed() -> None:
    cluster = Cluster(leads={"a": 1})
    async with started(cluster, "a", "b") as servers:
        cluster.leads = {"b": 2}
        await eventually(lambda: (servers.ready(Write()) or ("", None))[0] == "b")


async def test_the_old_leader_that_goes_on_is_left_for_the_new_one() -> None:
    cluster = Cluster(leads={"a": 1})
    async with started(cluster, "a", "b") as servers:
        cluster.leads = {"a": 1, "b": 2}
        await eventually(lambda: (servers.ready(Write()) or ("", None))[0] == "b")
        cluster.away = {"b"}
        servers.doubt("b")
        await eventually(lambda: servers.ready(Write()) is None)


async def test_a_writer_waits_for_a_leader_that_comes() -> None:
    cluster = Cluster(leads={"a": 1})
    async with started(cluster, "a", "b") as servers:
        cluster.leads = {}
        await eventually(lambda: servers.ready(Write()) is None)
        waiting = asyncio.create_task(servers.pool(Write()))
        await asyncio.sleep(0)
        cluster.leads = {"b": 2}
        assert (await waiting)[0] == "b"


async def test_a_writer_does_not_wait_for_ever() -> None:
    cluster = Cluster(leads={"a": 1})
    async with started(cluster, "a", "b", wait_s=0.05) as servers:
        cluster.away = {"a", "b"}
        servers.doubt("a")
        with pytest.raises(Unavailable, match="no server"):
            await servers.pool(Write())


async def test_without_any_leader_the_start_fails_and_leaves_nothing_behind() -> None:
    with pytest.raises(Unavailable, match="no leader"):
        async with started(Cluster(), "a", "b", wait_s=0.05):
            pass
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("look-")]


async def test_a_login_that_is_refused_is_told_as_a_mistake() -> None:
    with pytest.raises(Mistake, match="login"):
        async with started(Cluster(refuses={"a", "b"}), "a", "b", wait_s=0.05):
            pass


async def test_reads_are_spread_over_replicas_and_a_doubted_one_is_left_out() -> None:
    cluster = Cluster(leads={"a": 1})
    async with started(cluster, "a", "b", "c") as servers:
        await eventually(
            lambda: all(server.facts is not None for server in servers.view.servers.values())
        )
        names = {(await servers.pool(Read()))[0] for _ in range(4)}
        assert names == {"b", "c"}
        cluster.away = {"b"}
        servers.doubt("b")
        assert {(await servers.pool(Read()))[0] for _ in range(4)} == {"c"}


async def test_a_reader_falls_back_to_the_leaders_pool() -> None:
    cluster = Cluster(leads={"a": 1}, position={"a": 50, "b": 40})
    async with started(cluster, "a", "b") as servers:
        name, pool = await servers.pool(Read(after=50))
        assert (name, (await pool.acquire()).purpose) == ("a", "write")


async def test_a_crowd_in_doubt_does_not_make_a_storm_of_looks() -> None:
    cluster = Cluster(leads={"a": 1})
    async with started(cluster, "a", "b") as servers:
        before = cluster.looks["a"]
        for _ in range(1000):
            servers.doubt("a")
            await asyncio.sleep(0)
        assert cluster.looks["a"] - before < 100
