"""docs/reference/data-centres.md, with deploy/compose.yaml on a real Docker engine."""

import asyncio
import hashlib
import itertools
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.booking_office import Office, Plan
from tests.support.both_apps import UIDS, Done, Load, is_green, orders_of, passed_uids
from tests.support.containers import (
    HEALED_S,
    Installation,
    installation,
    patiently,
    python_in_image,
)
from tests.support.processes import SOURCE

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

PLANS = tuple(Plan(100 + n, "FRA", "LHR", (8 + 2 * n) * 60, 900) for n in range(3))
"""More seats than the buyers take: on a busy machine healing takes long, and they go on."""


def enter_students(site: Installation, roster: Path) -> None:
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in UIDS))
    words = ("prepare", "--roster", "/roster.csv")
    done = site.run_once(*words, volume=f"{roster}:/roster.csv:ro")
    assert done.returncode == 0, done.stdout + done.stderr


def open_office(site: Installation) -> Office:
    made = site.run_once("flights", "tokens", "create", "Q9", "--scope", "feeds")
    found = re.search(r"\bduffel_\S+", made.stdout)
    assert found, made.stdout + made.stderr
    day = datetime.now(UTC).date() + timedelta(days=30)
    return Office(site, day, found.group())  # type: ignore[arg-type]


def test_a_whole_data_centre_dies_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with installation(tmp_path) as site:
        enter_students(site, tmp_path / "roster.csv")
        office = open_office(site)
        office.deliver(PLANS)
        with Load(office, patient=True) as load:
            load.goes_on()
            for data_centre, member in (("1", "m1"), ("2", "m2")):
                site.heals()
                if site.leader() != member:
                    moved = site.holdfast_in("db-3", "cluster", "switchover", member)
                    assert moved.returncode == 0, moved.stdout + moved.stderr
                load.goes_on()
                at = time.time()
                dead = site.kill(data_centre)
                load.goes_on()
                report(f"data centre {data_centre} killed, {len(dead)} containers", load, at)
                nothing_is_lost(office, load)
                site.docker("start", *dead)
        assert not load.broken, load.broken
        site.heals()
        nothing_is_lost(office, load)
        patiently(lambda: asyncio.run(is_green(office)), HEALED_S, "a green audit of flights")
        graded = site.run_once("audit")
        assert graded.returncode == 0, graded.stdout + graded.stderr


def test_the_image_has_the_relays_fast_path_of_this_source() -> None:
    code = "from holdfast.platform.balancer import _fast_path as it; print(it.FINGERPRINT)"
    source = (SOURCE / "holdfast/platform/balancer/_fast_path.c").read_bytes()
    assert python_in_image(code).strip() == hashlib.sha256(source).hexdigest()


def nothing_is_lost(office: Office, load: Load) -> None:
    """Everything that was acknowledged until now is there."""
    passed, ordered = list(load.passed), list(load.ordered)
    assert {one.what for one in passed} <= passed_uids(office)
    assert {one.what for one in ordered} <= asyncio.run(orders_of(office))
    print(f"{len(passed)} passed, {len(ordered)} ordered: nothing lost")


def report(what: str, load: Load, at: float) -> None:
    """How long each application acknowledged nothing, from the kill on."""
    gaps = ", ".join(
        f"{name} {gap(done, at):.1f} s"
        for name, done in (("grading", load.passed), ("flights", load.ordered))
    )
    print(f"\n{what}: nothing acknowledged for {gaps}")


def gap(done: list[Done], at: float) -> float:
    """The longest time between two acknowledgements of which the second came after `at`."""
    times = sorted(one.told_at for one in list(done))
    return max(
        (later - earlier for earlier, later in itertools.pairwise(times) if later > at),
        default=0.0,
    )
