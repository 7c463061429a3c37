"""Looks at sources."""

import gzip
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from holdfast.flights.entrypoints.ingest.settings import Source
from holdfast.flights.entrypoints.ingest.sources import Found, Memory, SourceFault, looked_at
from holdfast.flights.entrypoints.ingest.spool import BadPacking, Spool, SpoolFull
from tests.flights.entrypoints.ingest.conftest import LIMITS

NAME = "BA.ops.{}.status.delta.jsonl"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", LIMITS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "from airline"
    made.mkdir()
    return made


def of_folder(folder: Path) -> Source:
    return Source("BA", folder.as_uri())


class Look:
    """Looks at one source again and again."""

    def __init__(self, source: Source, spool: Spool, handler: object = None) -> None:
        self._source = source
        self._spool = spool
        self.memory = Memory()
        self._transport = httpx.MockTransport(handler or self._nobody)  # type: ignore[arg-type]

    async def __call__(self) -> list[tuple[Found, bytes]]:
        found = []
        async with httpx.AsyncClient(transport=self._transport) as client:
            async for one in looked_at(self._source, self.memory, self._spool, client):
                found.append((one, b"".join(one.file.chunks())))
                one.file.drop()
        return found

    @staticmethod
    def _nobody(_: httpx.Request) -> httpx.Response:
        raise AssertionError("a folder is no address")


async def test_a_folder_gives_its_files_in_order_and_each_once(folder: Path, spool: Spool) -> None:
    for sequence in (10, 9, 2):
        (folder / NAME.format(sequence)).write_bytes(b"%d" % sequence)
    look = Look(of_folder(folder), spool)
    assert [(one.delivery.sequence, data) for one, data in await look()] == [
        (2, b"2"),
        (9, b"9"),
        (10, b"10"),
    ]
    assert await look() == []
    (folder / NAME.format(11)).write_bytes(b"11")
    [(found, _)] = await look()
    assert found.delivery.sequence == 11
    assert found.delivery.sha256 == hashlib.sha256(b"11").digest()


async def test_a_file_that_was_changed_is_looked_at_again(folder: Path, spool: Spool) -> None:
    path = folder / NAME.format("latest")
    path.write_bytes(b"old")
    os.utime(path, (1_000_000, 1_000_000))
    look = Look(of_folder(folder), spool)
    assert (await look())[0][0].delivery.sequence == 1_000_000
    path.write_bytes(b"new")
    os.utime(path, (2_000_000, 2_000_000))
    [(found, data)] = await look()
    assert (found.delivery.sequence, data) == (2_000_000, b"new")


async def test_what_is_none_of_ours_is_passed_over(folder: Path, spool: Spool) -> None:
    (folder / "notes.txt").write_bytes(b"x")
    (folder / NAME.format(1).replace("BA", "AA")).write_bytes(b"x")
    (folder / NAME.format(2)).mkdir()
    (folder / NAME.format(3)).symlink_to("/etc/hostname")
    assert await Look(of_folder(folder), spool)() == []


async def test_a_packed_file_is_unpacked(folder: Path, spool: Spool) -> None:
    (folder / f"{NAME.format(1)}.gz").write_bytes(gzip.compress(b"hello"))
    [(_, data)] = await Look(of_folder(folder), spool)()
    assert data == b"hello"


async def test_a_file_that_cannot_be_taken_is_told_and_tried_again(
    folder: Path, spool: Spool
) -> None:
    path = folder / NAME.format(1)
    path.write_bytes(bytes(LIMITS.file + 1))
    look = Look(of_folder(folder), spool)
    for _ in range(2):
        with pytest.raises(SourceFault, match=f"larger than {LIMITS.file} bytes"):
            await look()
    (folder / f"{NAME.format(0 + 2)}.gz").write_bytes(b"no gzip")
    path.unlink()
    with pytest.raises(BadPacking):
        await look()


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(SourceFault, match="the folder cannot be read"):
        await Look(of_folder(tmp_path / "nothing"), spool)()


URL = f"https://feeds.test/{NAME.format('latest')}"
FRESH = {"etag": '"1"', "last-modified": "Thu, 26 Nov 2026 12:00:00 GMT"}


class _Stream(httpx.AsyncByteStream):
    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part


async def test_an_address_is_asked_conditionally(spool: Spool) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304)
        return httpx.Response(200, stream=_Stream(b"hello"), headers=FRESH)

    look = Look(Source("BA", URL), spool, answer)
    [(found, data)] = await look()
    assert (data, found.delivery.sequence) == (b"hello", 1795694400)
    assert found.delivery.produced_at.isoformat() == "2026-11-26T12:00:00+00:00"
    assert await look() == []
    assert asked[1].headers["if-modified-since"] == FRESH["last-modified"]


async def test_a_file_that_was_not_dealt_with_is_asked_for_again(spool: Spool) -> None:
    look = Look(
        Source("BA", URL), spool, lambda _: httpx.Response(200, stream=_Stream(b"x"), headers=FRESH)
    )
    async with httpx.AsyncClient(transport=look._transport) as client:
        files = looked_at(Source("BA", URL), look.memory, spool, client)
        await anext(files)
        await files.aclose()
    assert look.memory.etag == ""


async def test_an_address_may_name_its_file_and_pack_it(spool: Spool) -> None:
    headers = {
        **FRESH,
        "content-disposition": f'attachment; filename="{NAME.format(7)}"',
        "content-encoding": "gzip",
    }

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=_Stream(gzip.compress(b"hello")), headers=headers)

    [(found, data)] = await Look(Source("BA", "https://feeds.test/now"), spool, answer)()
    assert (found.delivery.sequence, data) == (7, b"hello")


async def test_a_bomb_at_an_address_is_refused(spool: Spool) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        bomb = gzip.compress(bytes(5_000_000))
        return httpx.Response(
            200, stream=_Stream(bomb), headers={**FRESH, "content-encoding": "gzip"}
        )

    with pytest.raises(BadPacking):
        await Look(Source("BA", URL), spool, answer)()


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(503), "it answered 503"),
        (httpx.Response(200, stream=_Stream(b"x")), "it does not say when the file was made"),
        (
            httpx.Response(
                200, content=b"", headers={**FRESH, "content-length": str(LIMITS.file + 1)}
            ),
            "the file is larger",
        ),
        (
            httpx.Response(200, stream=_Stream(*[bytes(60_000)] * 2), headers=FRESH),
            "the file is larger",
        ),
        (
            httpx.Response(
                200, headers={**FRESH, "content-disposition": "attachment; filename=x.txt"}
            ),
            "its name does not say which feed it is",
        ),
    ],
)
async def test_a_wrong_answer_is_told(spool: Spool, response: httpx.Response, reason: str) -> None:
    with pytest.raises(SourceFault, match=reason):
        await Look(Source("BA", URL), spool, lambda _: response)()


async def test_an_address_that_cannot_be_reached_is_told(spool: Spool) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(SourceFault, match="it cannot be reached: ConnectError"):
        await Look(Source("BA", URL), spool, refuse)()


async def test_a_full_spool_is_told(folder: Path, spool: Spool) -> None:
    upload = spool.open("BA", "other", 0)
    upload.write(bytes(100_000))
    upload.close()
    (folder / NAME.format(1)).write_bytes(bytes(60_000))
    with pytest.raises(SpoolFull):
        await Look(of_folder(folder), spool)()
