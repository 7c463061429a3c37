"""The law of the holder's process: it holds connections for `holdfast load`, as it is told.

One process may open few files, so `idle` starts several of these. Lines of JSON come in on standard
input: an `Order` to open, then `again`; each is answered with a line. It ends with its input.
"""

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from dataclasses import asdict

from holdfast.platform.load.holding import Holder, Order
from holdfast.platform.load.tally import Round, Times
from holdfast.platform.runtime.descriptors import raised

AGAIN = "again"


def order_line(order: Order) -> str:
    """An order as a line."""
    return json.dumps(asdict(order))


def answer_line(seen: Round, cpu_s: float) -> str:
    """An answer as a line."""
    times = seen.times
    return json.dumps(
        {
            "asked": seen.asked,
            "answered": seen.answered,
            "open_ones": seen.open_ones,
            "failed": dict(seen.failed),
            "times": {
                "buckets": dict(times.buckets),
                "count": times.count,
                "longest_s": times.longest_s,
            },
            "cpu_s": cpu_s,
        }
    )


def round_of(line: str | bytes) -> tuple[Round, float]:
    """What an answer tells: the round, and the processor seconds of its process so far."""
    said = json.loads(line)
    times = said["times"]
    buckets = Counter({int(place): count for place, count in times["buckets"].items()})
    found = Round(
        asked=said["asked"],
        answered=said["answered"],
        open_ones=said["open_ones"],
        failed=Counter(said["failed"]),
        times=Times(buckets, times["count"], times["longest_s"]),
    )
    return found, float(said["cpu_s"])


async def hold() -> None:
    """Follow the orders that come in until there are no more."""
    holder: Holder | None = None
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if holder is None:
            said = json.loads(line)
            holder = Holder(Order(**{**said, "ports": tuple(said["ports"])}))
            seen = await holder.open()
        else:
            seen = await holder.ask_again()
        print(answer_line(seen, time.process_time()), flush=True)
    if holder is not None:
        holder.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its input
    raised()
    asyncio.run(hold())
