"""The half of `bench.ingest` that pushes files over HTTP into `holdfast up`, while searches go on.

Two files are under way at a time. One airline in the middle is watched: from the beginning of its
push until a search answers with what is new of it. Everything shares this machine.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from bench.feed_files import FARES_SEQUENCES, Folder, Market
from bench.http_load import Tally, load, request
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.entrypoints.desk.tokens import create
from holdfast.flights.entrypoints.ingest.spool import PlainFile
from holdfast.flights.service.ports.access import Scope
from holdfast.flights.store.access import PostgresTokens
from holdfast.flights.store.statements import SCHEMA
from holdfast.flights.wire.ssim import Season, read_season
from holdfast.flights.wiring.settings import API_PORT
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import dsn_file
from tests.support.fleet import Fleet, fleet

SENDERS = 2
CLIENTS = 2
"""Connections that search, each its next question when the last is answered."""
CALM_S = 10.0
SLICE_S = 2.0
ASKED = 300
SEEN_S = 300.0
"""A change that is not seen by then is a fault."""
UNLIMITED = ("--set", "http.requests=1000000000")
FIRST = (("season, first", "season"), ("fares, first", "fares"))
AGAIN = (
    ("season, 1 % later", "season-1"),
    ("season, 10 % later", "season-10"),
    ("season, 100 % later", "season-100"),
    ("fares, unchanged", "fares-again"),
    ("fares, 5 % dearer", "fares-5"),
)
HEAD = (
    "| over HTTP | s | seen after, s | of that after the answer | searches/s | p50 ms | p99 ms |"
    " wrong | ingest MB | search MB |"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What a search for `market` on `day` answers with once a round's file is seen."""

    market: Market
    day: date
    text: str


@dataclass(slots=True)
class Desk:
    """Where files go and searches are asked."""

    running: Fleet
    client: httpx.AsyncClient
    tokens: dict[str, str]
    reader: str
    watched: str
    files: Path

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.running.port(API_PORT)

    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.reader}", "duffel-version": "v2"}


async def through_fleet(folder: Path, files: Path) -> None:
    """Every round over HTTP; the figures as Markdown."""
    markets = msgspec.json.decode((files / "markets.json").read_bytes(), type=list[Market])
    sizes = {airline: file.size_bytes for airline, file in Folder(files / "season", "ssim").files()}
    watched = sorted(sizes, key=sizes.__getitem__)[len(sizes) * 9 // 10]
    with fleet(folder / "fleet" / "data", *UNLIMITED, nodes=1, scale=1.0) as running:
        tokens, reader = await made_tokens(running, sorted(sizes))
        base = f"http://127.0.0.1:{running.port(API_PORT)}"
        async with httpx.AsyncClient(base_url=base, timeout=900) as client:
            desk = Desk(running, client, tokens, reader, watched, files)
            await rounds(desk, asked_of(desk, markets))


async def rounds(desk: Desk, asked: list[bytes]) -> None:
    """First everything, then a calm while, then what changed while searches go on."""
    print(f"\n{HEAD}\n|{'---|' * 10}")
    for sequence, (what, where) in enumerate(FIRST, 1):
        took_s = await pushed_all(desk, desk.files / where, sequence)
        print(f"| {what} | {took_s:.1f} | | | | | | | {memory(desk)} |", flush=True)
    await seen(desk, watched_of(desk, "season", None))
    calm = await load(desk.address, asked, clients=CLIENTS, seconds=CALM_S, expected=b"201")
    print(f"| nothing | | | | {figures(calm)} | {memory(desk)} |", flush=True)
    before = "season"
    for sequence, (what, where) in enumerate(AGAIN, 3):
        sign = watched_of(desk, where, before) if where.startswith("season") else None
        if sign is not None:
            before = where
        pushing = asyncio.create_task(pushed_all(desk, desk.files / where, sequence))
        watching = asyncio.create_task(watched_push(desk, where, sequence, sign))
        tally = await searched_while(desk, asked, pushing, watching)
        took, (all_s, after_s) = await pushing, await watching
        sighted = f"{all_s:.2f} | {after_s:.2f}" if sign is not None else "|"
        print(
            f"| {what} | {took:.1f} | {sighted} | {figures(tally)} | {memory(desk)} |", flush=True
        )


async def searched_while(desk: Desk, asked: list[bytes], *work: "asyncio.Task[object]") -> Tally:
    """Searches as long as the work goes on."""
    tally = Tally()
    while not all(one.done() for one in work):
        part = await load(desk.address, asked, clients=CLIENTS, seconds=SLICE_S, expected=b"201")
        tally.latencies_s += part.latencies_s
        tally.wrong += part.wrong
        tally.seconds += part.seconds
    return tally


async def pushed_all(desk: Desk, folder: Path, sequence: int) -> float:
    """All files but the watched airline's (that one too in the first rounds); seconds."""
    waiting = list(Folder(folder, "jsonl" if "fares" in folder.name else "ssim").files())
    waiting.sort(key=lambda one: one[1].sha256)
    if sequence > len(FIRST):
        waiting = [one for one in waiting if one[0] != desk.watched]

    async def send() -> None:
        while waiting:
            airline, file = waiting.pop()
            await push(desk, airline, file, sequence)

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(send())
    return time.perf_counter() - start


async def watched_push(
    desk: Desk, where: str, sequence: int, sign: Watched | None
) -> tuple[float, float]:
    """Push the watched airline's file amid the others, and wait until a search shows it; seconds
    in all, and of them after the push was answered."""
    suffix = "jsonl" if "fares" in where else "ssim"
    file = dict(Folder(desk.files / where, suffix).files())[desk.watched]
    await asyncio.sleep(3)
    start = time.perf_counter()
    await push(desk, desk.watched, file, sequence)
    answered = time.perf_counter()
    if sign is not None:
        await seen(desk, sign)
    return time.perf_counter() - start, time.perf_counter() - answered


async def push(desk: Desk, airline: str, file: PlainFile, sequence: int) -> None:
    """One file."""
    is_fares = file.path.suffix == ".jsonl"
    number = FARES_SEQUENCES.get(file.path.parent.name, sequence)
    answer = await desk.client.put(
        f"/feeds/{airline}/{'fares' if is_fares else 'season'}/{number}",
        content=file.path.read_bytes(),
        headers={
            "authorization": f"Bearer {desk.tokens[airline]}",
            "x-feed-kind": "fares" if is_fares else "schedule",
            "x-feed-format": "jsonl" if is_fares else "ssim",
            "x-feed-mode": "full",
            "x-feed-produced-at": datetime.now(UTC).isoformat(),
            "x-feed-sha256": file.sha256.hex(),
        },
    )
    assert answer.status_code == httpx.codes.OK, (airline, answer.status_code, answer.text)
    assert answer.json()["outcome"] in ("accepted", "duplicate"), answer.text


async def seen(desk: Desk, sign: Watched) -> None:
    """Ask until a search answers with it."""
    deadline = time.monotonic() + SEEN_S
    body = question(sign.market, sign.day)
    while True:
        answer = await desk.client.post(
            "/air/offer_requests?return_offers=true", content=body,
            headers={**desk.headers(), "content-type": "application/json"},
        )  # fmt: skip
        if sign.text in answer.text:
            return
        assert time.monotonic() < deadline, (sign, answer.text[:300])
        await asyncio.sleep(0.05)


def watched_of(desk: Desk, where: str, before: str | None) -> Watched:
    """A flight of the watched airline that is new in the files of a round."""
    now, was = (
        set(legs_in(desk.files / one / f"{desk.watched}.ssim")) if one else set()
        for one in (where, before)
    )
    leg = min(
        (leg for leg in now - was if not leg.designator.suffix and leg.departure_min < 1440),
        key=lambda leg: (leg.designator, leg.period),
    )
    market = Market(desk.watched, leg.designator.number, leg.board, leg.off, leg.period.days)
    day = next(day for day in leg.period.dates() if day > date.today())  # noqa: DTZ011
    hour, minute = divmod(leg.departure_min, 60)
    return Watched(market, day, f"{day}T{hour:02}:{minute:02}:00")


def legs_in(path: Path) -> list[LegPattern]:
    """The legs of a season file."""
    season = read_season([path.read_bytes()])
    assert isinstance(season, Season)
    return [leg for _, leg in season.legs]


def asked_of(desk: Desk, markets: Sequence[Market]) -> list[bytes]:
    """Searches as they are sent, on markets of all airlines."""
    chance = random.Random(7)
    today = date.today()  # noqa: DTZ011
    return [
        request(
            "POST",
            "/air/offer_requests?return_offers=true",
            desk.headers(),
            question(one, today + timedelta(days=chance.randrange(5, 60))),
        )
        for one in chance.sample(markets, min(ASKED, len(markets)))
    ]


def question(market: Market, day: date) -> bytes:
    """A search for one adult, without connections."""
    wanted = {"origin": market.board, "destination": market.off, "departure_date": day}
    asked = {"slices": [wanted], "passengers": [{"type": "adult"}], "max_connections": 0}
    return msgspec.json.encode({"data": asked})


async def made_tokens(running: Fleet, airlines: Sequence[str]) -> tuple[dict[str, str], str]:
    """A token for each airline, and one that searches."""
    feeds: list[Scope] = ["feeds"]
    read: list[Scope] = ["read"]
    dsn = dsn_file(running.data).read_text().strip()
    now = datetime.now(UTC)
    async with await Database.connect(dsn, schema=SCHEMA, limits=Limits(pool_size=1)) as database:
        store = PostgresTokens(database)
        made = {airline: await create(store, airline, feeds, now) for airline in airlines}
        return made, await create(store, "own_bench", read, now)


def figures(tally: Tally) -> str:
    """Rate and latencies."""
    return (
        f"{tally.rate:.0f} | {tally.quantile_ms(0.5):.0f} | {tally.quantile_ms(0.99):.0f} |"
        f" {tally.wrong}"
    )


def memory(desk: Desk) -> str:
    """What ingest and search have now, in MB (and the most that they had)."""
    return " | ".join(
        " ".join(f"{rss_mb(pid, 'VmRSS'):.0f} ({rss_mb(pid, 'VmHWM'):.0f})" for pid in pids)
        for pids in (desk.running.pids("flights-ingest"), desk.running.pids("flights-search"))
    )


def rss_mb(pid: int, field: str) -> float:
    """Memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0
