"""What a travel page costs: made anew, and kept for all strangers, in turns in one run.

    python -m bench.pages [--rounds 7] [--requests 300]

The real pages in process, in front of an API that answers at once, so only the pages' own work is
measured: processor time a request, least of the rounds. Over sockets each costs as much more as
uvicorn takes (0.1 ms). `page-cache.md` and `performance.md` quote it.
"""

import argparse
import asyncio
import time

import httpx
import msgspec
from starlette.types import ASGIApp, Message

from holdfast.flights.pages.routes import pages_app
from holdfast.flights.wiring.settings import FlightsSettings
from holdfast.flights.wiring.sites.pages import kept_for_strangers
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.web.rendered import RenderedFigures
from tests.flights.pages.pages_site import PlayedApi, request
from tests.flights.pages.test_flight_view import status

PAGES = {
    "start page": "/",
    "a flight's status": "/flights/ZZ100?date=2026-12-01",
}


def apps() -> dict[str, ASGIApp]:
    """The pages without and with shelves."""
    answer = httpx.Response(200, content=msgspec.json.encode(status()))
    api = PlayedApi({"GET /api/flights/status/ZZ100": answer}).api()
    app = pages_app(api, SystemClock())
    settings = FlightsSettings(page_cache_s=60.0)
    return {
        "anew": app,
        "kept": kept_for_strangers(app, settings, SystemClock(), RenderedFigures()),
    }


async def ask(app: ASGIApp, path: str) -> None:
    """One request of a stranger."""
    scope = request(path, accept_language="en").scope
    scope["state"] = {}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message

    await app(scope, receive, send)


async def cost_ms(app: ASGIApp, path: str, requests: int) -> float:
    """Processor time of one request."""
    before = time.process_time()
    for _ in range(requests):
        await ask(app, path)
    return (time.process_time() - before) * 1000 / requests


async def measure(rounds: int, requests: int) -> None:
    made = apps()
    print("| page | made anew, ms | kept, ms | ratio |")
    print("|---|---|---|---|")
    for name, path in PAGES.items():
        least = dict.fromkeys(made, float("inf"))
        for app in made.values():
            await ask(app, path)
        for _ in range(rounds):
            for how, app in made.items():
                least[how] = min(least[how], await cost_ms(app, path, requests))
        ratio = least["anew"] / least["kept"]
        print(f"| {name} | {least['anew']:.3f} | {least['kept']:.3f} | {ratio:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=300)
    given = parser.parse_args()
    asyncio.run(measure(given.rounds, given.requests))


if __name__ == "__main__":
    main()
