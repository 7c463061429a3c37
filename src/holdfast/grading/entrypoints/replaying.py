"""`holdfast replay FILE`: judge a recorded conversation again, or play its server's side.

A file may come from anybody: it is read up to a limit, its own limits never count for more than
ours, and nothing in it reaches the terminal unchecked. What is wrong with it is said with its line.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from holdfast.errors import Mistake
from holdfast.grading.domain.events import EngineLimits
from holdfast.grading.domain.recorded_side import Step, bytes_of, server_side
from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import (
    Divergence,
    Result,
    Transcript,
    TranscriptError,
    decode,
)
from holdfast.grading.domain.verdict import CheckState
from holdfast.grading.entrypoints.attempts import MARKS, plain
from holdfast.grading.entrypoints.hex_diff import difference, first_difference
from holdfast.grading.entrypoints.replay_server import HOST, Play, serve
from holdfast.platform.runtime.given_file import read_given

MAX_FILE_BYTES = 8 << 20
"""Twice what the store takes of a transcript."""
HOW_TO_GET = "Download it anew: 'Whole transcript as a file' on the attempt's page."
CHECK_MARKS = {CheckState.PASS: "+", CheckState.FAIL: "x", CheckState.NOT_REACHED: "."}
Print = Callable[[str], None]
_BYTE = re.compile(r"\(byte (\d+)\)")
_ENTRY = re.compile(r"entries\[(\d+)\]")


class _Entries(Struct):
    entries: list[Raw]


def read_transcript(path: Path) -> tuple[Transcript, tuple[Step, ...]]:
    """The transcript in the file, within our limits, and the server's side of it. `Mistake` names
    the line and what to do."""
    data = read_given(path, MAX_FILE_BYTES, plain(str(path)), HOW_TO_GET)
    try:
        found = decode(data)
        bytes_of(found.trigger, "trigger")
        steps = server_side(found)
    except (TranscriptError, RecursionError) as error:
        raise bad_file(path, data, str(error)) from None
    if found.test not in CATALOGUE:
        known = ", ".join(CATALOGUE)
        raise Mistake(f"There is no test {plain(found.test[:100])} here; there are {known}.")
    return replace(found, limits=_bounded(found.limits)), steps


def bad_file(path: Path, data: bytes, fault: str) -> Mistake:
    """What to say of a file that is no transcript."""
    return Mistake(plain(f"{path}, line {_line_of(data, fault)}: {fault}.") + f" {HOW_TO_GET}")


def judge_again(path: Path, out: Print = print) -> int:
    """Play the test against what the program said; print how it is judged. 0: as it was."""
    recorded, _ = read_transcript(path)
    try:
        again = replay(recorded, CATALOGUE[recorded.test])
    except (TranscriptError, ValueError) as error:
        raise bad_file(path, b"", str(error)) from None
    for line in _told(recorded, again):
        out(plain(line))
    return 0 if _verdict(recorded.result) == _verdict(again.result) else 1


def listen(
    path: Path, port: int, *, speed: float = 1.0, ends: bool = False, out: Print = print
) -> int:
    """Play the server's side on `port` of this machine, again and again unless it `ends`."""
    recorded, steps = read_transcript(path)
    transport = CATALOGUE[recorded.test].transport
    play = Play(recorded, steps, transport == "udp", speed, ends, out)

    def ready(bound: int) -> None:
        out(f"{recorded.test} of the attempt on {transport} {HOST}:{bound}; end with Ctrl-C")

    asyncio.run(serve(play, port, ready))
    return 0


def _told(recorded: Transcript, again: Transcript) -> Iterator[str]:
    before, now = _verdict(recorded.result), _verdict(again.result)
    yield f"{again.test}  {CATALOGUE[again.test].title}"
    yield f"recorded: {before}" + ("" if before == now else f", judged by this version: {now}")
    if again.result is not None:
        yield again.result.reason or "Every check passed."
        for check in again.result.checks:
            hint = f": {check.hint}" if check.hint else ""
            yield f"  {CHECK_MARKS[check.state]} {check.name}{hint}"
    if again.divergence is not None:
        yield from _diverged(again, again.divergence)


def _diverged(again: Transcript, turn: Divergence) -> Iterator[str]:
    is_there = 0 <= turn.entry < len(again.entries)
    entry = again.entries[turn.entry] if is_there else None
    at = f" after {entry.at_s:.3f} s" if entry else ""
    yield f"first divergence{at}: {turn.hint}"
    mismatch = turn.mismatch
    if mismatch is not None:
        yield f"  {mismatch.field}: expected {mismatch.expected!r}, got {mismatch.got!r}"
        expected, got = mismatch.expected.encode(), mismatch.got.encode()
        yield f"  from byte {first_difference(expected, got)} on:"
        yield from difference(expected, got, ("expected", "got"))
    elif entry is not None and entry.raw:
        yield from difference(bytes.fromhex(entry.raw), None, ("got", ""))


def _verdict(result: Result | None) -> str:
    return "no verdict" if result is None else MARKS[result.verdict.value]


def _bounded(given: EngineLimits) -> EngineLimits:
    """No more than an attempt of ours may have."""
    ours = EngineLimits()
    least = {
        one.name: min(getattr(given, one.name), getattr(ours, one.name)) for one in fields(ours)
    }
    return replace(ours, **least)


def _line_of(data: bytes, fault: str) -> int:
    if byte := _BYTE.search(fault):
        return data[: int(byte[1])].count(b"\n") + 1
    if entry := _ENTRY.search(fault):
        return data[: _start_of(data, int(entry[1]))].count(b"\n") + 1
    return 1


def _start_of(data: bytes, number: int) -> int:
    """Where an entry begins in the file."""
    try:
        entries = msgspec.json.decode(data, type=_Entries).entries
    except (msgspec.MsgspecError, RecursionError):
        return 0
    at = max(0, data.find(b'"entries"'))
    for raw in entries[: number + 1]:
        at = data.find(bytes(raw), at) + len(bytes(raw))
    return at - len(bytes(entries[number])) if number < len(entries) else 0
