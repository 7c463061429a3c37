"""Students' programs in several languages: compiled once, started side by side, stopped at the end.

Each program gets the same first words (HOST OFFSET UID HOME SCALE) and a loopback address of its
own to call from, as each student has a home. What it prints goes to a file, for a test that fails.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

PROGRAMS = Path(__file__).parent / "programs"
COMPILE_S = 60.0
STOP_S = 10.0
HOST = "127.0.0.1"
JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m", "-Xshare:auto")

TOOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"java": ("javac", "java"), "node": ("node",), "c": ("cc",), "python": ()}
)
"""The commands that a language needs; Python is there, for it runs the tests."""


def missing(language: str) -> list[str]:
    """The commands of a language that this machine does not have."""
    return [tool for tool in TOOLS[language] if shutil.which(tool) is None]


def home(uid: int) -> str:
    """A loopback address that belongs to this student alone."""
    return f"127.{1 + uid // 10_000}.{uid // 200 % 200}.{uid % 200 + 1}"


class Workshop:
    """Compiles into `folder` and runs what was compiled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._compilers: list[subprocess.Popen[bytes]] = []
        self._running: list[subprocess.Popen[bytes]] = []
        self._files = ExitStack()

    def compile(self) -> None:
        """Begin to compile what has to be compiled, as far as there are compilers."""
        commands = []
        if not missing("java"):
            sources = sorted(map(str, PROGRAMS.glob("*.java")))
            commands.append(["javac", "-Xlint:all", "-Werror", "-d", str(self.folder), *sources])
        if not missing("c"):
            source = str(PROGRAMS / "student.c")
            commands.append(["cc", "-O1", "-Wall", "-o", str(self.folder / "student"), source])
        self._compilers = [subprocess.Popen(command) for command in commands]

    def compiled(self) -> None:
        """Wait for the compilers."""
        for compiler in self._compilers:
            assert compiler.wait(COMPILE_S) == 0, compiler.args

    def start(
        self, language: str, offset: int, uid: int, scale: float, words: Sequence[str]
    ) -> None:
        """Run a program; `words`: its tasks and mistakes (for Java, its class comes first)."""
        first = (HOST, str(offset), str(uid), home(uid), str(scale))
        match language:
            case "java":
                command = ["java", *JVM, "-cp", str(self.folder), words[0], *first, *words[1:]]
            case "node":
                command = ["node", str(PROGRAMS / "student.js"), *first, *words]
            case "c":
                command = [str(self.folder / "student"), *first, *words]
            case _:
                # -I -S: a student has no packages of ours, and it starts in half the time
                command = [sys.executable, "-IS", str(PROGRAMS / "student.py"), *first, *words]
        said = self._files.enter_context(self.said_in(uid).open("wb"))
        self._running.append(
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        )

    def said_in(self, uid: int) -> Path:
        """The file with what the program of this student printed."""
        return self.folder / f"{uid}.log"

    def said(self, uid: int) -> str:
        """What it has printed so far."""
        path = self.said_in(uid)
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        """End all that still runs: hardly any of them ends by itself."""
        for process in (*self._compilers, *self._running):
            if process.poll() is None:
                process.kill()
        for process in (*self._compilers, *self._running):
            process.wait(STOP_S)
        self._files.close()
