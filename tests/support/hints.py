"""The classic mistakes, played, and the page that tells which hint a student reads for each.

A mistake plays against the shipped sessions, engine, scenarios and store on a virtual clock. The
same code gives the same hints, to the letter: the page is compared with them.
"""

from functools import cache
from itertools import groupby
from textwrap import fill

from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import decode
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE
from tests.grading.mutants.catalogue import ALL, ON_THE_WIRE, Mutant
from tests.support.virtual import Pipe, VirtualClient
from tests.support.world import World

LONGEST_S = 200.0
"""No test takes longer on the virtual clock of the quick rules."""
HINTS_HEAD = """# Hints

Every failed attempt says why, in a sentence for its student: on the page, in `holdfast attempts`,
in the API. It is told at the **first divergence**, the first message or bytes where the student's
program left the way, and the page marks them there.

- **Bytes that are no message** are explained: the likeliest mistake with the fix, then what is
  certain (where reading failed, and why). A program that writes in pieces is judged by what came
  within 150 ms, or until it closes or the test looks.
- **A message that is not the expected one** is told with the field, the first byte that differs,
  and both values. Of several, the one that came nearest counts.
- **A message that looks odd** (a little-endian id, UTF-16, a line end or a zero byte that was
  counted) gets a note in the conversation. When it does not match, the note ends the hint.
- **Nothing**, half a message, or a closed connection is told as that, with what was expected.
- **Without an attempt** the client gets the sentence in an error frame: an unknown id (with what
  its bytes look like), a trigger that is nearly right (with the right one), a test of another port,
  bytes that are no message (on port 8080 always `Unknown message type`, as the prototype said).
  All but the other port are incidents too, on the student's page where they name a student.

## Mistakes

Each of these is a client with one mistake, played against all of the server but its sockets; the
hint is what a student reads. Where a mistake is tried in several tests, the hint is of the first.
"""
HINTS_FOOT = """
## What is not promised

- That the guess is right. Bytes may fit several mistakes: the likeliest is told, and what is \
certain stands behind it. At least nine in ten of these mistakes are named, and these are not: \
{misnamed}.
- That a program with several mistakes hears of all at once. Mend the first, and try again.
- That the sentences stay as they are. Programs should look at the verdict, not at its words.

This page is written by `python -m tests.support.reference`. Shown by \
`tests/grading/mutants/test_hints.py`: each mistake fails, its hint names the cause, and this page \
says what a student reads.
"""

MISNAMED = {
    "2024-a1-t3: sends the number without a frame": (
        "four digits behind a frame that ended in text look like the rest of that text"
    ),
}
"""Mutants whose hint names another cause, and why."""


@cache
def attempt_of(mutant: Mutant) -> tuple[Verdict | None, str]:
    """Verdict and first-divergence hint of the mutant's attempt."""
    world = World()
    player = world.client(client(mutant.test, play=mutant.play))
    _overhear(player)
    world.run(until_s=LONGEST_S)
    attempts = world.attempts()
    assert len(attempts) == 1, "one trigger, one attempt"
    divergence = decode(attempts[0].transcript).divergence
    return attempts[0].summary.verdict, divergence.hint if divergence else ""


def hints_page() -> str:
    """docs/reference/hints.md."""
    lines = [HINTS_HEAD]
    for test, rows in groupby(_rows(), key=lambda same: same[0].test):
        title = CATALOGUE[test].title
        lines += [f"### {test}: {title}", "", "| mistake | hint | also in |", "|---|---|---|"]
        for same in rows:
            others = ", ".join(mutant.test for mutant in same[1:])
            lines.append(f"| {same[0].name} | {_cell(attempt_of(same[0])[1])} | {others} |")
        lines.append("")
    misnamed = "; ".join(f'"{name}", because {why}' for name, why in MISNAMED.items())
    return "\n".join(lines) + _wrapped(HINTS_FOOT.format(misnamed=misnamed))


def _rows() -> list[list[Mutant]]:
    """The same mistake in several tests is one row; rows of one first test stand together."""
    found: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in ALL:
        found.setdefault((mutant.name, mutant.says), []).append(mutant)
    order = list(CATALOGUE)
    return sorted(found.values(), key=lambda same: order.index(same[0].test))


def _wrapped(text: str) -> str:
    """Paragraphs and list items in lines of at most 100 characters."""
    return "\n".join(
        fill(line, 100, subsequent_indent="  " if line.startswith("- ") else "") if line else line
        for line in text.split("\n")
    )


def _cell(text: str) -> str:
    """The text in a table's cell, as it is: no character of it marks anything up."""
    for sign in "\\`*_<>[]|#":
        text = text.replace(sign, f"\\{sign}")
    return text


def _overhear(player: VirtualClient) -> None:
    """Write down bare strings that go down to the client."""
    ON_THE_WIRE.clear()
    down = player.down

    def listen(pipe: Pipe, raw: bytes) -> None:
        if not isinstance(COURSE.decode_one(raw), Frame):
            ON_THE_WIRE.append(raw[2:].decode())
        down(pipe, raw)

    player.down = listen  # type: ignore[method-assign]
