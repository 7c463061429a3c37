"""The nursery: its children are the supervisor's, as if they had been executed."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from holdfast.platform.runtime.birth import Order
from holdfast.platform.runtime.nursery import (
    UNKNOWN_CODE,
    Forked,
    Nursery,
    Unborn,
    is_possible,
)
from holdfast.platform.runtime.nursery_wire import MAX_MESSAGE_BYTES
from tests.support.nurseries import PROGRAM, WAIT_S, nursery_of, own_environment, start
from tests.support.process_facts import descriptors, threads
from tests.support.processes import is_alive

pytestmark = pytest.mark.skipif(not is_possible(), reason="this system cannot have a nursery")

FACTS = """
import gc, json, os, signal, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
links = {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
         if os.path.lexists(f"/proc/self/fd/{fd}")}
print(json.dumps({
    "forked": forked,
    "links": links,
    "session": os.getsid(0) == os.getpid(),
    "parent": os.getppid(),
    "environment": dict(os.environ),
    "seen_environment": open("/proc/self/environ", "rb").read().decode().split("\\0")[:-1],
    "seen_line": open("/proc/self/cmdline", "rb").read().decode().split("\\0")[:-1],
    "orig_argv": sys.orig_argv,
    "argv": sys.argv[1:],
    "signals": [status[name].strip() for name in ("SigBlk", "SigIgn", "SigCgt")],
    "sigint": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "buffering": [sys.stdout.line_buffering, sys.stdout.write_through],
    "collects": gc.isenabled(),
    "cwd": os.getcwd(),
    "stdin": sys.stdin.read(),
}))
"""


TENDED = "from holdfast.platform.runtime import nursery_process as its, nursery_wire as words\n"
"""What a nursery does otherwise than ours is written after this and before `SCRIPT`."""
SILENT = """
import signal
def pause(line, message):
    print(words.parse_answer(message), flush=True)
    signal.pause()
its._answer = pause
"""
"""It makes a child and says so to nobody but us."""
ORPHANING = """
import os, signal
fork_again = its._fork_again
def orphan(telling):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print(os.getpid(), flush=True)
    os.kill(os.getppid(), signal.SIGKILL)
    signal.sigwait([signal.SIGTERM])
    fork_again(telling)
its._fork_again = orphan
"""
"""It is dead before the one between its two forks makes the child, which is when we say so."""


def otherwise(text: str) -> tuple[str, ...]:
    """The program of such a nursery; its children execute the order's text as ever."""
    begin = 'import sys\nif sys.argv[1:] == ["nursery"]:\n'
    body = "".join(f"    {line}\n" for line in (TENDED + text).splitlines())
    return (*PROGRAM[:2], begin + body + PROGRAM[2])


def is_ours(pid: int) -> bool:
    """Whether a process is our child, be it that it has ended and was not waited for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return int(stat.rpartition(")")[2].split()[1]) == os.getpid()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


async def killed(nursery: Nursery) -> None:
    """Kill -9 it, and wait until that was noticed."""
    await eventually(lambda: nursery.pid is not None)
    assert nursery.pid is not None
    os.kill(nursery.pid, signal.SIGKILL)
    await eventually(lambda: nursery._process is None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pass", 0),
        ("raise SystemExit(7)", 7),
        ("1 / 0", 1),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("import os; os.kill(os.getpid(), 15)", -15),
    ],
)
async def test_exit_codes_and_signals_are_known(text: str, code: int) -> None:
    async with nursery_of() as nursery:
        child = await start(nursery, text)
        assert (await child.end())[0] == code


async def test_a_child_is_as_one_that_was_executed() -> None:
    gate, gate_end = os.pipe()
    pipes = {"HOLDFAST_READY_FD": gate_end}
    asked = own_environment(ONLY_HERE="ü", HOLDFAST_FLEET_HOST="h")
    async with nursery_of() as nursery:
        told = []
        for of in (nursery, None):
            child = await start(of, FACTS, "a", "b", environment=asked, pipes=pipes)
            code, words = await child.end()
            assert code == 0, words
            told.append(json.loads(words))
    os.close(gate)
    os.close(gate_end)
    forked, executed = told
    assert (forked.pop("forked"), executed.pop("forked")) == (True, False)
    for facts in told:
        number = facts["environment"].pop("HOLDFAST_READY_FD")
        assert facts["links"].pop(number).startswith("pipe:")
        assert facts["links"].pop("1") == facts["links"].pop("2")
        assert facts["links"] == {"0": "/dev/null"}
        facts["seen_environment"].remove(f"HOLDFAST_READY_FD={number}")
        assert sorted(facts.pop("seen_environment")) == sorted(f"{n}={t}" for n, t in asked.items())
        assert facts["environment"] == asked
        assert facts["parent"] == os.getpid()
    assert forked == executed
    assert forked["seen_line"] == [*PROGRAM, FACTS, "a", "b"] == forked["orig_argv"]


async def test_children_share_no_environment_and_no_dice() -> None:
    text = "import os, random; print(os.environ.get('MARK'), random.random())"
    async with nursery_of("random") as nursery:
        first = await start(nursery, text, environment=own_environment(MARK="1"))
        second = await start(nursery, text)
        (_, one), (_, two) = await first.end(), await second.end()
        assert nursery.pid is not None
        assert b"MARK" not in Path(f"/proc/{nursery.pid}/environ").read_bytes()
    assert (one.split()[0], two.split()[0]) == ("1", "None")
    assert one.split()[1] != two.split()[1]


async def test_a_child_ends_as_programs_do() -> None:
    text = "import atexit, sys; atexit.register(print, 'farewell'); sys.stdout.write('no newline ')"
    async with nursery_of() as nursery:
        assert await (await start(nursery, text)).end() == (0, "no newline farewell\n")


async def test_a_child_says_why_it_cannot_be_imported() -> None:
    lines: list[str] = []
    async with nursery_of("no.such.module", lines=lines) as of:
        code, words = await (await start(of, "import no.such.module")).end()
    assert code == 1
    assert "ModuleNotFoundError: No module named 'no'" in words
    assert lines == []


async def test_a_nursery_has_one_thread_and_nothing_open_but_its_line() -> None:
    async with nursery_of("asyncio", "ssl") as nursery:
        await eventually(lambda: nursery.pid is not None)
        assert nursery.pid is not None
        assert threads(nursery.pid) == 1
        links = [str(one.readlink()) for one in Path(f"/proc/{nursery.pid}/fd").iterdir()]
        assert sorted(link.partition(":")[0] for link in links) == [
            "/dev/null",
            "pipe",
            "pipe",
            "socket",
        ]


def test_the_loop_of_the_supervisor_leaves_nothing_open_in_children() -> None:
    """uvloop leaves copies of a program's stdin and output open in it."""
    uvloop = pytest.importorskip("uvloop")

    async def links() -> dict[str, str]:
        async with nursery_of() as nursery:
            code, words = await (await start(nursery, FACTS)).end()
            assert code == 0, words
            found: dict[str, str] = json.loads(words)["links"]
            assert nursery.pid is not None
            assert descriptors(nursery.pid) == 4
            return found

    assert uvloop.run(links()).keys() == {"0", "1", "2"}


async def test_what_it_imported_is_there_for_its_children() -> None:
    text = "import sys; print('decimal' in sys.modules)"
    async with nursery_of("decimal") as nursery:
        assert await (await start(nursery, text)).end() == (0, "True\n")
    assert await (await start(None, text)).end() == (0, "False\n")


async def test_children_outlive_a_killed_nursery_and_are_still_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with nursery_of() as nursery:
        child = await start(nursery, "import time; time.sleep(1000)")
        await killed(nursery)
        assert is_alive(child.life.pid)
        os.kill(child.life.pid, signal.SIGTERM)
        assert (await child.end())[0] == -15
        await eventually(lambda: "nursery_ended" in caplog.text)
        with pytest.raises(Unborn, match="a new nursery is being started"):
            await start(nursery, "pass")
        await eventually(lambda: nursery.pid is not None)
        assert await (await start(nursery, "print(forked)")).end() == (0, "True\n")


async def test_one_that_dies_while_it_gets_ready_is_followed_by_another_one() -> None:
    async with nursery_of() as nursery:
        await eventually(lambda: nursery.pid is not None)
        await killed(nursery)
        with pytest.raises(Unborn, match="a new nursery is being started"):
            await start(nursery, "pass")
        await eventually(lambda: nursery._process is not None)
        nursery._kill()
        await eventually(lambda: nursery._process is None)
        with pytest.raises(Unborn, match="a new nursery is being started"):
            await start(nursery, "pass")
        await eventually(lambda: nursery.pid is not None)
        assert await (await start(nursery, "print(forked)")).end() == (0, "True\n")


async def test_one_that_cannot_start_is_not_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    for program in (("/no/such/program",), (*PROGRAM[:2], "raise SystemExit(3)")):
        caplog.clear()
        async with nursery_of(program=program) as nursery:
            order = Order(program, own_environment(), 1, {})
            for _ in range(2):
                with pytest.raises(Unborn, match="there is no nursery"):
                    await nursery.birth(order)
            assert not nursery.suits(order)
        assert [record.message for record in caplog.records] == ["nursery_ended"]


async def test_an_order_that_is_too_large_is_not_met_and_the_next_one_is() -> None:
    async with nursery_of() as nursery:
        with pytest.raises(Unborn, match="too many for a nursery"):
            await start(nursery, "x" * MAX_MESSAGE_BYTES)
        large = own_environment(FILLING="x" * (MAX_MESSAGE_BYTES // 2))
        child = await start(
            nursery, "import os; print(len(os.environ['FILLING']))", environment=large
        )
        assert await child.end() == (0, f"{MAX_MESSAGE_BYTES // 2}\n")


async def test_a_stuck_nursery_is_killed_and_the_caller_may_execute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("holdfast.platform.runtime.nursery.BIRTH_S", 0.2)
    async with nursery_of() as nursery:
        await eventually(lambda: nursery.pid is not None)
        pid = nursery.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(Unborn, match="no answer within"):
            await start(nursery, "pass")
        await eventually(lambda: nursery._process is None)
        assert not is_alive(pid)
        monkeypatch.undo()
        with pytest.raises(Unborn, match="a new nursery is being started"):
            await start(nursery, "pass")
        await eventually(lambda: nursery.pid is not None)
        assert await (await start(nursery, "print(forked)")).end() == (0, "True\n")


async def test_an_order_that_is_given_up_leaves_no_answer_for_the_next_one() -> None:
    async with nursery_of() as nursery:
        await eventually(lambda: nursery.pid is not None)
        pid = nursery.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        waiting = asyncio.create_task(start(nursery, "pass"))
        await asyncio.sleep(0)
        await eventually(nursery._turn.locked)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await eventually(lambda: not is_alive(pid))


async def test_a_child_whose_birth_is_given_up_is_not_left_a_zombie() -> None:
    lines: list[str] = []
    program = otherwise(SILENT)
    async with nursery_of(program=program, lines=lines) as nursery:
        order = Order((*program, "pass"), own_environment(), 2, {})
        waiting = asyncio.create_task(nursery.birth(order))
        await eventually(lambda: bool(lines))
        child = int(lines[0])
        assert is_ours(child)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await eventually(lambda: not is_ours(child))


async def test_a_nursery_that_dies_between_its_forks_leaves_no_zombie() -> None:
    lines: list[str] = []
    program = otherwise(ORPHANING)
    async with nursery_of(program=program, lines=lines) as nursery:
        order = Order((*program, "pass"), own_environment(), 2, {})
        with pytest.raises(Unborn, match="it has ended"):
            await nursery.birth(order)
        await eventually(lambda: bool(lines))
        between = int(lines[0])
        assert is_alive(between)
        assert is_ours(between)
        os.kill(between, signal.SIGTERM)
        await eventually(lambda: not is_ours(between))


async def test_it_ends_when_it_is_closed_whatever_it_does() -> None:
    async with nursery_of() as nursery:
        await eventually(lambda: nursery.pid is not None)
        pid = nursery.pid
        assert pid is not None
    assert not is_alive(pid)
    async with nursery_of("time") as early:  # still importing
        process = None
        while process is None:
            await asyncio.sleep(0.001)
            process = early._process
    assert not is_alive(process.pid)


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONWARNINGS", "LD_PRELOAD", "LC_ALL"])
async def test_what_python_reads_when_it_starts_has_to_be_that_of_the_nursery(name: str) -> None:
    async with nursery_of() as nursery:
        ours = Order((*PROGRAM, "pass"), own_environment(OTHER="1"), 1, {})
        assert nursery.suits(ours)
        assert not nursery.suits(Order(ours.argv, own_environment(**{name: "other"}), 1, {}))
        assert not nursery.suits(Order(("/bin/true",), own_environment(), 1, {}))


async def test_a_child_whose_exit_code_was_taken_has_ended_all_the_same() -> None:
    reading, writing = os.pipe()
    pid = os.posix_spawn("/bin/cat", ["cat"], {}, file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0)])
    child = Forked(pid)
    os.close(reading)
    os.close(writing)
    os.waitpid(pid, 0)
    assert await child.wait() == UNKNOWN_CODE


def test_only_our_own_children_are_waited_for() -> None:
    with pytest.raises(ChildProcessError):
        Forked(1)
