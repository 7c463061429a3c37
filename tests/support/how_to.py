"""A how-to page, followed literally: its blocks are typed, what they print is compared.

A ```bash block is typed into a terminal, in order; one that starts a server keeps its terminal, and
goes on when the next ```text block has come true. `…` in a ```text block stands for anything. As a
program it says how long each step took: `python -m tests.support.how_to docs/how-to/PAGE.md`.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes import until

_BLOCK = re.compile(r"^```(bash|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SERVER = re.compile(r"^\S*(holdfast up|make up)\b", re.MULTILINE)
STEP_S = 600.0
"""Installing is the longest."""
STOP_S = 60.0
END = "__the_block_has_ended__"


@dataclass(frozen=True, slots=True)
class Step:
    """A block to type, and lines that must be printed."""

    typed: str
    seen: tuple[str, ...] = ()

    @property
    def is_server(self) -> bool:
        return _SERVER.search(self.typed) is not None


def steps_of(page: str) -> list[Step]:
    """The page's blocks, in order."""
    steps: list[Step] = []
    for kind, text in _BLOCK.findall(page):
        if kind == "bash":
            steps.append(Step(text))
        else:
            steps[-1] = Step(steps[-1].typed, tuple(text.splitlines()))
    return steps


@dataclass
class Terminal:
    """A shell, and all that it printed."""

    folder: Path
    environment: Mapping[str, str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shell = subprocess.Popen(
            ["bash"],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> None:
        """Type a block; do not wait for it."""
        assert self.shell.stdin is not None
        # on a line of its own, whatever the block's last line ends with
        self.shell.stdin.write(f"{text}\ncode=$?; echo; echo {END} $code\n")
        self.shell.stdin.flush()

    def ended(self) -> bool:
        """Whether all that was typed has ended."""
        return any(line.startswith(END) for line in self.lines) or self.shell.poll() is not None

    def close(self) -> None:
        """Ctrl-C for what runs, and the end of the shell; nothing is left of either."""
        with suppress(ProcessLookupError):
            os.killpg(self.shell.pid, signal.SIGINT)
        assert self.shell.stdin is not None
        with suppress(OSError):
            self.shell.stdin.close()
        try:
            self.shell.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.shell.pid, signal.SIGKILL)
            self.shell.wait(STOP_S)
        self._reader.join(STOP_S)
        assert self.shell.stdout is not None
        self.shell.stdout.close()

    def _read(self) -> None:
        assert self.shell.stdout is not None
        for line in self.shell.stdout:
            self.lines.append(line.rstrip("\n"))


def missing(step: Step, lines: Sequence[str]) -> list[str]:
    """What the page promises and nobody printed."""
    forms = {seen: ".*".join(map(re.escape, seen.split("…"))) for seen in step.seen}
    return [seen for seen, form in forms.items() if not any(re.fullmatch(form, x) for x in lines)]


def follow(page: Path, folder: Path, home: Path) -> list[tuple[str, float]]:
    """Follow the page in `folder` with `home` as $HOME; each step's first line, and its seconds.
    `AssertionError` for a step that failed or printed something else."""
    environment = {**os.environ, "HOME": str(home)}
    typing = Terminal(folder, environment)
    servers: list[Terminal] = []
    took: list[tuple[str, float]] = []
    try:
        for step in steps_of(page.read_text()):
            began = time.monotonic()
            if step.is_server:
                servers.append(Terminal(folder, environment))
            terminal = servers[-1] if step.is_server else typing
            terminal.lines.clear()
            terminal.type(step.typed)
            _await(step, terminal)
            took.append((step.typed.splitlines()[0], time.monotonic() - began))
    finally:
        for terminal in (typing, *reversed(servers)):
            terminal.close()
    return took


def _await(step: Step, terminal: Terminal) -> None:
    def is_done() -> bool:
        return terminal.ended() or (step.is_server and not missing(step, terminal.lines))

    until(is_done, step.typed, STEP_S)
    said = "\n".join(terminal.lines)
    assert terminal.ended() != step.is_server, f"{step.typed}\nends or goes on:\n{said}"
    if not step.is_server:
        assert f"{END} 0" in terminal.lines, f"{step.typed}\nfailed:\n{said}"
    lacking = missing(step, terminal.lines)
    assert not lacking, f"{step.typed}\ndoes not print {lacking}:\n{said}"


if __name__ == "__main__":
    for what, seconds in follow(Path(sys.argv[1]), Path.cwd(), Path.home()):
        print(f"{seconds:7.1f} s  {what}")
