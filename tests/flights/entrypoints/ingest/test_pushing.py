"""Airlines push their files."""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from holdfast.errors import DefiniteError
from holdfast.flights.entrypoints.ingest import pushing
from tests.flights.entrypoints.ingest.conftest import LIMITS, Desk
from tests.flights.feed_desk import status_lines

URL = "/feeds/BA/ops/7"


def headers(data: bytes, **more: str) -> dict[str, str]:
    return {
        "x-feed-kind": "status",
        "x-feed-format": "jsonl",
        "x-feed-mode": "delta",
        "x-feed-produced-at": "2026-11-26T12:00:00Z",
        "x-feed-sha256": hashlib.sha256(data).hexdigest(),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


async def push(client: httpx.AsyncClient, data: bytes, url: str = URL) -> httpx.Response:
    return await client.put(url, content=data, headers=headers(data))


def problem(answer: httpx.Response) -> tuple[int, str]:
    told = answer.json()["error"]
    assert set(told) == {"what", "where", "fix"}
    return answer.status_code, told["what"]


async def test_a_file_is_taken_and_its_fate_is_told(desk: Desk, ba: httpx.AsyncClient) -> None:
    answer = await push(ba, status_lines(117) + b"nonsense\n")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["outcome"], told["records"], told["set_aside"]) == ("accepted", 1, 1)
    assert told["quarantined"][0]["line"] == 2
    assert desk.store.words() == ["Accept"]
    assert desk.spool.offset("BA", "ops.7") == 0, "what is dealt with leaves the spool"


async def test_sending_it_again_changes_nothing(desk: Desk, ba: httpx.AsyncClient) -> None:
    data = status_lines(117)
    words = [(await push(ba, data)).json()["outcome"] for _ in range(2)]
    words.append((await push(ba, status_lines(1), "/feeds/BA/ops/6")).json()["outcome"])
    words.append((await push(ba, status_lines(2))).json()["outcome"])
    assert words == ["accepted", "duplicate", "ignored", "rejected"]
    assert len(desk.store.applied) == 1


async def test_a_file_comes_in_pieces_and_goes_on_after_a_break(
    desk: Desk, ba: httpx.AsyncClient
) -> None:
    data = status_lines(117, 118, 119)
    total = len(data)
    first = await ba.put(
        URL, content=data[:100], headers=headers(data, content_range=f"bytes 0-99/{total}")
    )
    told = first.json()
    assert (first.status_code, told["outcome"], told["offset"]) == (200, "incomplete", 100)
    asked = await ba.head(URL)
    assert asked.headers["upload-offset"] == "100"
    assert (await ba.get(URL)).json() == {"offset": 100}
    too_far = await ba.put(
        URL,
        content=data[200:],
        headers=headers(data, content_range=f"bytes 200-{total - 1}/{total}"),
    )
    assert problem(too_far) == (422, "100 bytes arrived so far")
    assert too_far.headers["upload-offset"] == "100"
    rest = await ba.put(
        URL, content=data[90:], headers=headers(data, content_range=f"bytes 90-{total - 1}/{total}")
    )
    assert (rest.status_code, rest.json()["outcome"]) == (200, "accepted")


async def test_a_piece_that_is_cut_off_keeps_what_came(desk: Desk, ba: httpx.AsyncClient) -> None:
    data = status_lines(117)

    async def half() -> AsyncIterator[bytes]:
        yield data[:50]

    cut = await ba.put(
        URL,
        content=half(),
        headers=headers(data, content_range=f"bytes 0-{len(data) - 1}/{len(data)}"),
    )
    assert problem(cut) == (400, f"50 bytes came instead of {len(data)}")
    assert (await ba.head(URL)).headers["upload-offset"] == "50"
    assert desk.store.outcomes == []


async def test_a_packed_file_is_unpacked(desk: Desk, ba: httpx.AsyncClient) -> None:
    data = status_lines(117)
    answer = await ba.put(
        URL, content=gzip.compress(data), headers=headers(data, content_encoding="gzip")
    )
    assert answer.json()["outcome"] == "accepted"


async def test_a_bomb_is_refused_and_leaves_nothing(desk: Desk, ba: httpx.AsyncClient) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    answer = await ba.put(URL, content=bomb, headers=headers(b"", content_encoding="gzip"))
    assert problem(answer) == (422, f"unpacked it is larger than {LIMITS.file} bytes")
    assert (await ba.head(URL)).headers["upload-offset"] == "0"
    assert desk.store.outcomes == []


async def test_another_content_than_declared_is_refused(desk: Desk, ba: httpx.AsyncClient) -> None:
    answer = await ba.put(URL, content=b"x", headers=headers(b"y"))
    status, what = problem(answer)
    assert (status, what) == (422, f"its SHA-256 is {hashlib.sha256(b'x').hexdigest()}")
    assert desk.store.outcomes == []


async def test_what_is_too_long_is_refused_before_and_while_it_comes(
    desk: Desk, ba: httpx.AsyncClient
) -> None:
    long = bytes(LIMITS.file + 1)
    told = (413, f"a file has at most {LIMITS.file} bytes")
    assert problem(await push(ba, long)) == told
    piece = headers(b"", content_range=f"bytes 0-9/{LIMITS.file + 1}")
    assert problem(await ba.put(URL, content=bytes(10), headers=piece)) == told

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(50_000)

    answer = await ba.put(URL, content=endless(), headers=headers(b""))
    assert problem(answer) == (413, f"more than the {LIMITS.file} bytes that may come")


async def test_the_spool_of_an_airline_is_bounded(desk: Desk, ba: httpx.AsyncClient) -> None:
    data = bytes(90_000)
    piece = headers(data, content_range="bytes 0-89999/95000")
    assert (await ba.put(URL, content=data, headers=piece)).json()["outcome"] == "incomplete"
    full = await push(ba, data, "/feeds/BA/ops/8")
    assert problem(full) == (503, "BA has 90000 bytes on their way already")


@pytest.mark.parametrize("token", ["of_aa", "of_reader", "of_ops"])
async def test_only_the_airline_itself_pushes_its_feeds(desk: Desk, token: str) -> None:
    async with desk.client(token) as client:
        assert (await push(client, status_lines(117))).status_code == 403
        assert (await client.head(URL)).status_code == 403
    assert desk.store.outcomes == []


async def test_without_a_token_nothing_is_read(desk: Desk) -> None:
    async with desk.site.client(None, None) as client:
        assert (await push(client, status_lines(117))).status_code == 401


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("/feeds/ba/ops/7", "the airline must be a code such as BA"),
        ("/feeds/BA/OPS/7", "the feed's name must be lower-case letters, digits, - and _"),
        ("/feeds/BA/ops/0", "the sequence must be a positive whole number"),
        ("/feeds/BA/..%2Fx/7", "the feed's name must be lower-case letters, digits, - and _"),
    ],
)
async def test_a_wrong_address_is_told(ba: httpx.AsyncClient, url: str, what: str) -> None:
    answer = await push(ba, status_lines(117), url)
    if "%2F" in url and answer.status_code == 404:
        return
    assert problem(answer) == (400, what)
    assert problem(await ba.get(url)) == (400, what)


async def test_a_missing_header_is_told(ba: httpx.AsyncClient) -> None:
    answer = await ba.put(URL, content=b"x")
    status, what = problem(answer)
    assert status == 400
    assert what.startswith("X-Feed-Kind must be")


async def test_a_file_that_is_being_sent_is_not_sent_twice_at_a_time(
    desk: Desk, ba: httpx.AsyncClient
) -> None:
    going, go_on = asyncio.Event(), asyncio.Event()
    data = status_lines(117)

    async def slow() -> AsyncIterator[bytes]:
        yield data[:10]
        going.set()
        await go_on.wait()
        yield data[10:]

    first = asyncio.create_task(ba.put(URL, content=slow(), headers=headers(data)))
    await going.wait()
    assert problem(await push(ba, data)) == (422, "this file is being sent already")
    go_on.set()
    assert (await first).json()["outcome"] == "accepted"


async def test_only_so_many_files_are_read_at_once(
    desk: Desk, ba: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "MAX_UPLOADS", 0)
    assert problem(await push(ba, status_lines(117))) == (422, "0 files are being sent")


async def test_a_sender_who_falls_silent_is_told_to_go_on_later(
    desk: Desk, ba: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "STALL_S", 0.01)

    async def silent() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    answer = await ba.put(URL, content=silent(), headers=headers(b"x"))
    assert problem(answer) == (408, "nothing came for 0.01 s")


async def test_a_store_that_is_away_is_told_as_such(desk: Desk, ba: httpx.AsyncClient) -> None:
    desk.store.errors.append(DefiniteError("away"))
    assert (await push(ba, status_lines(117))).status_code == 503
    assert (await push(ba, status_lines(117))).json()["outcome"] == "accepted"
