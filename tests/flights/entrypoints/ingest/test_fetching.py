"""Fetching goes on, whatever a source does."""

import asyncio
import os
from pathlib import Path

import pytest

from holdfast.errors import DefiniteError
from holdfast.flights.entrypoints.ingest import fetching as module
from holdfast.flights.entrypoints.ingest.fetching import FIRST_RETRY_S, Fetching, wait_before
from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.entrypoints.ingest.spool import Spool
from holdfast.flights.service.ingest_feed import Ingest
from tests.flights.entrypoints.http.site import ManualClock
from tests.flights.entrypoints.ingest.conftest import LIMITS
from tests.flights.feed_desk import NOON, MemoryFeeds, status_lines
from tests.support.eventually import eventually

NAME = "{}.ops.{}.status.delta.jsonl"


class Fetched:
    """Two airlines' folders, and what fetches them."""

    def __init__(self, folder: Path, **settings: float) -> None:
        self.store = MemoryFeeds()
        self.folders = {code: folder / code for code in ("AA", "BA")}
        self.spool = Spool(folder / "spool", LIMITS)
        sources = tuple(f"{code}={path.as_uri()}" for code, path in self.folders.items())
        self.fetching = Fetching(
            Ingest(self.store, ManualClock()),
            self.spool,
            IngestSettings(sources=sources, **settings),  # type: ignore[arg-type]
            ManualClock(),
            chance=lambda: 0.5,
        )

    def put(self, code: str, sequence: int, data: bytes) -> None:
        self.folders[code].mkdir(exist_ok=True)
        path = self.folders[code] / NAME.format(code, sequence)
        path.write_bytes(data)
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))


def lines(code: str, number: int) -> bytes:
    return status_lines(number).replace(b"BA", code.encode())


async def test_every_source_is_looked_at_and_one_that_fails_holds_up_no_other(
    tmp_path: Path,
) -> None:
    fetched = Fetched(tmp_path)
    fetched.put("BA", 1, lines("BA", 1))
    await fetched.fetching.look_at_all()
    assert fetched.store.words() == ["Accept"]
    aa, ba = fetched.fetching.sources()
    assert (aa.failures, aa.fault) == (1, "the folder cannot be read: No such file or directory")
    assert (ba.failures, ba.fault) == (0, "")
    assert ba.looked_at
    assert fetched.spool.sweep(10.0**12) == 0, "nothing is left in the spool"


async def test_a_source_recovers(tmp_path: Path) -> None:
    fetched = Fetched(tmp_path)
    await fetched.fetching.look_at_all()
    await fetched.fetching.look_at_all()
    assert fetched.fetching.sources()[0].failures == 2
    fetched.put("AA", 1, lines("AA", 1))
    await fetched.fetching.look_at_all()
    assert fetched.fetching.sources()[0].failures == 0


async def test_a_store_that_is_away_is_a_failure_and_the_file_comes_again(tmp_path: Path) -> None:
    fetched = Fetched(tmp_path)
    fetched.put("BA", 1, lines("BA", 1))
    fetched.store.errors.append(DefiniteError("the database is away"))
    await fetched.fetching.look_at_all()
    assert fetched.fetching.sources()[1].fault == "the database is away"
    await fetched.fetching.look_at_all()
    assert fetched.store.words() == ["Accept"]


async def test_an_error_of_ours_is_a_failure_of_one_look(tmp_path: Path) -> None:
    fetched = Fetched(tmp_path)
    fetched.put("BA", 1, lines("BA", 1))
    fetched.store.errors.append(ZeroDivisionError("secret"))
    await fetched.fetching.look_at_all()
    assert fetched.fetching.sources()[1].fault == "the look failed: see the log"


async def test_a_look_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = Fetched(tmp_path, fetch_s=1.0)
    fetched.put("BA", 1, lines("BA", 1))
    monkeypatch.setattr(fetched.fetching, "_settings", _Hasty())

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(fetched.store, "note", never)
    await fetched.fetching.look_at_all()
    assert fetched.fetching.sources()[1].fault == "a look took longer than 0.05 s"


class _Hasty:
    fetch_s = 0.05


async def test_it_goes_on_until_it_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "wait_before", lambda *_: 0.01)
    fetched = Fetched(tmp_path)
    fetched.put("AA", 1, lines("AA", 1))
    fetched.put("BA", 1, lines("BA", 1))
    running = asyncio.create_task(fetched.fetching.run())
    await eventually(lambda: len(fetched.store.applied) == 2)
    fetched.put("BA", 2, lines("BA", 2))
    await eventually(lambda: len(fetched.store.applied) == 3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_looks_are_spread_and_come_sooner_after_a_failure() -> None:
    assert wait_before(0, 3600, 0.5) == 3600
    assert wait_before(0, 3600, 0.0) == pytest.approx(3240)
    assert wait_before(0, 3600, 1.0) == pytest.approx(3960)
    assert wait_before(1, 3600, 0.5) == FIRST_RETRY_S
    assert wait_before(3, 3600, 0.5) == FIRST_RETRY_S * 4
    assert wait_before(1000, 3600, 0.5) == 3600
