"""The holder's process: orders in, answers out, the end with its input."""

import asyncio
import subprocess
import sys

from holdfast.platform.load.holder import AGAIN, answer_line, order_line, round_of
from holdfast.platform.load.holding import Order
from holdfast.platform.load.tally import Round
from tests.support.tiny_site import tiny_site


def test_an_answer_is_read_as_it_was_said() -> None:
    said = Round(asked=3, answered=2, open_ones=3)
    said.failed["reset"] += 1
    said.times.note(0.25)
    found, cpu_s = round_of(answer_line(said, 0.5))
    assert (found, cpu_s) == (said, 0.5)


async def test_the_process_does_what_its_lines_say_and_ends_with_them() -> None:
    async with tiny_site() as site:
        lines = order_line(Order("127.0.0.1", (site.port,), "/", 0, 4, 1000.0)), AGAIN
        holder = await module_process()
        out, _ = await holder.communicate("\n".join(lines).encode() + b"\n")
        assert site.connections == 4
    rounds = [round_of(line)[0] for line in out.splitlines()]
    assert [(one.asked, one.answered) for one in rounds] == [(4, 4), (4, 4)]
    assert holder.returncode == 0


async def module_process() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "holdfast.platform.load.holder",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
