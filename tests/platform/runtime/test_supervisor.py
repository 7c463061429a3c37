"""The supervisor: children start, are watched, come back, and never outlive it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.runtime.nursery import is_possible
from holdfast.platform.runtime.supervisor import (
    ChildFailed,
    ChildSpec,
    Supervisor,
    holdfast_argv,
)
from tests.support.nurseries import PROGRAM, nursery_plan
from tests.support.processes import SOURCE, Child, is_alive, until

WAIT_S = 30.0
with_nursery = pytest.mark.skipif(not is_possible(), reason="this system cannot have a nursery")

SERVER = """
import os, sys, time
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.lifecycle import announce_ready, run
name, notes, drain_s = sys.argv[1], sys.argv[2], float(sys.argv[3])

def note(what):
    with open(notes, "a") as file:
        file.write(f"{what} {name}\\n")

async def main(stop):
    note("ready")
    print("serving", flush=True)
    announce_ready({"tcp": f"127.0.0.1:{os.getpid()}"})
    await stop.wait()
    time.sleep(drain_s)
    note("stopped")

logs.configure(name)
run(main)
"""


def spec(name: str, script: str, *arguments: str, **more: object) -> ChildSpec:
    argv = (sys.executable, "-c", script, *arguments)
    environment = {"PYTHONPATH": str(SOURCE)}
    return ChildSpec(name, argv, environment, **more)  # type: ignore[arg-type]


def server(name: str, notes: Path, drain_s: float = 0.0, **more: object) -> ChildSpec:
    return spec(name, SERVER, name, str(notes), str(drain_s), **more)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


async def test_children_start_together_and_tell_their_addresses(notes: Path) -> None:
    async with Supervisor() as children:
        children.start(server("a", notes))
        children.start(server("b", notes))
        addresses = await children.ready()
        pids = children.pids()
        assert addresses == {
            "a.tcp": f"127.0.0.1:{pids['a']}",
            "b.tcp": f"127.0.0.1:{pids['b']}",
        }
        assert await children.ready("a") == {"a.tcp": f"127.0.0.1:{pids['a']}"}
    assert not any(is_alive(pid) for pid in pids.values())
    assert children.pids() == {}


async def test_the_highest_stage_stops_first(notes: Path) -> None:
    async with Supervisor() as children:
        children.start(server("database", notes, stage=0))
        children.start(server("node", notes, drain_s=0.2, stage=2))
        children.start(server("api", notes, drain_s=0.1, stage=1))
        await children.ready()
    ends = [line for line in notes.read_text().splitlines() if line.startswith("stopped")]
    assert ends == ["stopped node", "stopped api", "stopped database"]


async def test_a_killed_child_comes_back(notes: Path) -> None:
    async with Supervisor() as children:
        children.start(server("a", notes))
        await children.ready()
        first = children.pids()["a"]
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: notes.exists() and notes.read_text().count("ready") == 2)
        assert children.pids()["a"] != first


async def test_a_child_that_ends_again_and_again_is_started_with_growing_pauses(
    notes: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    script = SERVER.replace("await stop.wait()", "os._exit(3)")
    async with Supervisor() as children:
        children.start(spec("a", script, "a", str(notes), "0"))
        await children.ready()
        await eventually(lambda: len(caplog.records) >= 3)
    pauses = [record.values["restart_s"] for record in caplog.records[:3]]  # type: ignore[attr-defined]
    assert pauses == [0.1, 0.2, 0.4]


async def test_a_child_that_never_gets_ready_is_given_up(notes: Path) -> None:
    async with Supervisor() as children:
        children.start(spec("a", "raise SystemExit(7)"))
        with pytest.raises(ChildFailed, match="a ended with code 7 before it was ready"):
            await children.ready()


async def test_a_child_that_was_set_up_wrongly_is_not_tried_twice(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with Supervisor() as children:
        children.start(spec("a", "print('tried'); raise SystemExit(2)"))
        with pytest.raises(ChildFailed, match="a ended with code 2"):
            await children.ready()
    assert capfd.readouterr().err.count("tried") == 1


async def test_a_program_that_does_not_exist_is_told() -> None:
    async with Supervisor() as children:
        children.start(ChildSpec("a", ("/no/such/program",)))
        with pytest.raises(ChildFailed, match="a ended with code 127"):
            await children.ready("a")


async def test_a_child_that_says_nothing_is_killed_in_time() -> None:
    async with Supervisor() as children:
        children.start(spec("a", "import time; time.sleep(1000)", ready_s=0.1))
        with pytest.raises(ChildFailed, match="a ended with code -9"):
            await children.ready()


async def test_the_mistake_of_a_child_is_ours(notes: Path) -> None:
    script = "from holdfast.platform.runtime.announce import *\nannounce_mistake('Port taken.')"
    async with Supervisor() as children:
        children.start(spec("a", script))
        with pytest.raises(Mistake, match=r"^Port taken\.$"):
            await children.ready()


async def test_a_child_that_does_not_stop_is_killed_after_its_bound(notes: Path) -> None:
    script = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER
    script = script.replace("await stop.wait()", "time.sleep(1000)")
    async with Supervisor() as children:
        children.start(spec("a", script, "a", str(notes), "0", stop_s=0.2))
        await children.ready()
        pid = children.pids()["a"]
    assert not is_alive(pid)
    assert "stopped" not in notes.read_text()


async def test_a_child_may_be_stopped_while_it_starts() -> None:
    async with Supervisor() as children:
        children.start(spec("a", "import time; time.sleep(1000)"))
        waiting = asyncio.create_task(children.ready())
        await eventually(lambda: "a" in children.pids())
        pid = children.pids()["a"]
    assert not is_alive(pid)
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_log_lines_carry_the_name_of_the_child(
    notes: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Supervisor() as children:
        children.start(server("a", notes))
        await children.ready()
    assert "a           | serving\n" in capfd.readouterr().err


async def test_json_log_lines_are_passed_on_as_they_are(
    notes: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Supervisor(prefixed=False) as children:
        children.start(server("a", notes))
        await children.ready()
    assert "serving" in capfd.readouterr().err.splitlines()


async def test_settings_of_our_own_do_not_leak_into_children(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("HOLDFAST_FLEET_HOST", "leak")
    script = "import os; print(sorted(n for n in os.environ if n.startswith('HOLDFAST_')))"
    async with Supervisor() as children:
        children.start(spec("a", script))
        with pytest.raises(ChildFailed):
            await children.ready()
    assert "['HOLDFAST_PARENT_FD', 'HOLDFAST_READY_FD']" in capfd.readouterr().err


def forked(name: str, text: str, *words: str, **more: object) -> ChildSpec:
    """A child that a nursery makes, where there is one."""
    environment = {"PYTHONPATH": str(SOURCE)}
    return ChildSpec(name, (*PROGRAM, text, *words), environment, **more)  # type: ignore[arg-type]


FORKED = SERVER.replace("sys.argv[1], sys.argv[2], float(sys.argv[3])", "*sys.argv[2:4], 0.0")
FORKED = f"print('forked:', forked)\n{FORKED}"


@pytest.fixture
def same_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children see the path that the nursery sees."""
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))


@with_nursery
async def test_children_of_a_nursery_start_and_come_back_and_stop_in_order(
    notes: Path, capfd: pytest.CaptureFixture[str], same_path: None
) -> None:
    async with Supervisor(nursery=nursery_plan("asyncio")) as children:
        children.start(forked("a", FORKED, "a", str(notes), stage=1))
        children.start(forked("b", FORKED, "b", str(notes), stage=2))
        await children.ready()
        first = children.pids()["a"]
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: notes.read_text().count("ready a") == 2)
        assert children.pids()["a"] != first
        nursery = children.nursery_pid()
        assert nursery is not None
    assert not is_alive(nursery)
    assert notes.read_text().splitlines()[-2:] == ["stopped b", "stopped a"]
    assert capfd.readouterr().err.count("forked: True") == 3


@with_nursery
async def test_a_killed_nursery_harms_no_child_and_the_next_start_begins_another(
    notes: Path, capfd: pytest.CaptureFixture[str], same_path: None
) -> None:
    async with Supervisor(nursery=nursery_plan()) as children:
        children.start(forked("a", FORKED, "a", str(notes)))
        await children.ready()
        nursery, before = children.nursery_pid(), children.pids()["a"]
        assert nursery is not None
        os.kill(nursery, signal.SIGKILL)
        await eventually(lambda: children.nursery_pid() is None)
        assert children.pids()["a"] == before
        assert children.missing() == []
        os.kill(before, signal.SIGTERM)
        await eventually(lambda: notes.read_text().count("ready a") == 2)
        await eventually(lambda: children.nursery_pid() is not None)
        children.start(forked("b", FORKED, "b", str(notes)))
        await children.ready()
    said = capfd.readouterr().err
    assert [said.count("forked: True"), said.count("forked: False")] == [2, 1]


@with_nursery
async def test_a_fleet_starts_without_its_nursery_and_says_so_once(
    notes: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = nursery_plan(program=(sys.executable, "-c", "print('no'); raise SystemExit(3)"))
    async with Supervisor(nursery=plan) as children:
        for name in "ab":
            spec_of = ChildSpec(name, (*plan.program, "a"))
            children.start(spec_of)
        with pytest.raises(ChildFailed, match="code 3"):
            await children.ready()
        children.start(server("c", notes))
        await children.ready("c")
    warnings = [r for r in caplog.records if r.message == "nursery_ended"]
    assert [r.values["why"] for r in warnings] == ["it ended with code 3"]  # type: ignore[attr-defined]
    assert "nursery     | no\n" in capfd.readouterr().err


@with_nursery
def test_neither_nursery_nor_its_children_outlive_a_killed_supervisor(notes: Path) -> None:
    script = SUPERVISING.replace("Supervisor()", "Supervisor(nursery=nursery_plan())")
    script = script.replace(
        "server(name, Path(sys.argv[1]))", "forked(name, FORKED, name, sys.argv[1])"
    )
    script = script.replace(
        "announce_ready({", "announce_ready({'nursery': str(children.nursery_pid()), **{"
    ).replace(".items()})", ".items()}})")
    with Child(script, str(notes)) as parent:
        said = parent.said()
        assert isinstance(said["ready"], dict)
        pids = [int(pid) for pid in said["ready"].values()]
        assert len(pids) == 4
        assert all(is_alive(pid) for pid in pids)
        parent.signal(signal.SIGKILL)
        until(lambda: not any(is_alive(pid) for pid in pids), "all children end")
    assert notes.read_text().count("stopped") == 3


SUPERVISING = f"""
import asyncio, json, sys
sys.path.insert(0, {str(SOURCE.parent)!r})
from pathlib import Path
from holdfast.platform.runtime.lifecycle import announce_ready, run
from holdfast.platform.runtime.supervisor import Supervisor
from tests.platform.runtime.test_supervisor import FORKED, forked, server
from tests.support.nurseries import nursery_plan

async def main(stop):
    async with Supervisor() as children:
        for name in "abc":
            children.start(server(name, Path(sys.argv[1])))
        await children.ready()
        announce_ready({{name: str(pid) for name, pid in children.pids().items()}})
        await stop.wait()

run(main)
"""


def test_no_child_outlives_a_supervisor_killed_with_kill_9(notes: Path) -> None:
    with Child(SUPERVISING, str(notes)) as parent:
        said = parent.said()
        assert isinstance(said["ready"], dict)
        pids = [int(pid) for pid in said["ready"].values()]
        assert len(pids) == 3
        assert all(is_alive(pid) for pid in pids)
        parent.signal(signal.SIGKILL)
        until(lambda: not any(is_alive(pid) for pid in pids), "all children end")
    assert notes.read_text().count("stopped") == 3


def test_a_signal_to_the_supervisor_ends_all_in_order(notes: Path) -> None:
    with Child(SUPERVISING, str(notes)) as parent:
        parent.said()
        parent.signal(signal.SIGINT)
        code, _ = parent.end()
    assert code == 0
    assert notes.read_text().count("stopped") == 3


def test_our_own_command_line_uses_this_python() -> None:
    assert holdfast_argv("run", "node") == (sys.executable, "-m", "holdfast", "run", "node")
