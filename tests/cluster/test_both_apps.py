"""Both applications under load on a cluster whose leaders die one after the other."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from holdfast.platform.data.cluster.record import recorded_plan
from tests.cluster.test_up_cluster import HEALTHY_S, is_healthy, leader, server
from tests.support.booking_office import Plan, open_office
from tests.support.both_apps import UIDS, Load, is_green, orders_of, passed_uids
from tests.support.clusters import folder_for_cluster
from tests.support.fleet import Fleet, eventually, fleet

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(500)]

PLANS = (Plan(100, "FRA", "LHR", 8 * 60, 900),)
WORDS = ("--replicas=2", "--set=database.fast_failover=true", "--set=fleet.drain_s=2")


def _patroni(started: Fleet, name: str) -> int:
    return int((recorded_plan(started.data).folder_of(name) / "patroni.pid").read_text())


def _kill(started: Fleet, fault: str) -> None:
    name = leader(started)
    patroni = _patroni(started, name)
    guard = int(Path(f"/proc/{patroni}/stat").read_text().rpartition(")")[2].split()[1])
    pids = {
        "PostgreSQL": [server(started, name)],
        "Patroni": [patroni],
        "the member": [guard, patroni, server(started, name)],
    }[fault]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_what_both_applications_acknowledged_outlives_every_leader() -> None:
    with folder_for_cluster() as folder:
        roster = folder / "roster.csv"
        roster.write_text("".join(f"{uid},Student {uid}\n" for uid in UIDS))
        words = [*WORDS, f"--roster={roster}"]
        with fleet(folder / "data", *words, nodes=1, demo=True) as started:
            office = open_office(started)
            office.deliver(PLANS)
            with Load(office, patient=True) as load:
                for fault in ("PostgreSQL", "Patroni", "the member"):
                    eventually(lambda: is_healthy(started), HEALTHY_S, "a healthy cluster")
                    load.goes_on()
                    _kill(started, fault)
                    load.goes_on()
            assert not load.broken, load.broken
            eventually(lambda: is_healthy(started), HEALTHY_S, "a healthy cluster")
            passed, ordered = passed_uids(office), asyncio.run(orders_of(office))
            assert {one.what for one in load.passed} <= passed
            assert {one.what for one in load.ordered} <= ordered
            eventually(lambda: asyncio.run(is_green(office)), HEALTHY_S, "a green audit of flights")
            graded = started.holdfast("audit", "--data", str(started.data))
            assert graded.returncode == 0, graded.stdout
            print(f"\n{len(load.passed)} passed, {len(load.ordered)} ordered: nothing lost")
