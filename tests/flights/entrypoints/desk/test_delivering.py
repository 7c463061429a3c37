"""An airline's file goes up by its name, in pieces, and goes on where the connection broke."""

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.flights.entrypoints.desk import delivering
from holdfast.flights.entrypoints.desk.delivering import (
    TRIES,
    counts,
    deliver,
    feed_file,
    show_delivery,
)
from tests.flights.entrypoints.desk.answers import Answers, refusal

NAME = "BA.season.7.schedule.full.ssim"
PLACE = "/feeds/BA/season/7"
CONTENT = b"0123456789" * 3


def outcome(word: str = "accepted", **told: Any) -> dict[str, Any]:
    return {
        "outcome": word,
        "reason": "",
        "line": 0,
        "records": 3,
        "set_aside": 0,
        "changed": 3,
        "quarantined": [],
        **told,
    }


class Spool:
    """What the server has of one upload. `break_at`: the numbers of requests that get no answer."""

    def __init__(self, break_at: tuple[int, ...] = ()) -> None:
        self.content = bytearray()
        self.puts = 0
        self.break_at = break_at
        self.answers = Answers({f"GET {PLACE}": self.offset, f"PUT {PLACE}": self.put})

    def offset(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"offset": len(self.content)})

    def put(self, request: httpx.Request) -> httpx.Response:
        self.puts += 1
        if self.puts in self.break_at:
            raise httpx.ReadError("the line is dead")
        where, total = request.headers["content-range"].removeprefix("bytes ").split("/")
        first, last = map(int, where.split("-"))
        assert last - first + 1 == len(request.content)
        del self.content[first:]
        self.content += request.content
        done = len(self.content) == int(total)
        return httpx.Response(200, json=outcome("accepted" if done else "incomplete"))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(delivering, "PIECE_BYTES", 8)
    path = tmp_path / NAME
    path.write_bytes(CONTENT)
    os.utime(path, (1_800_000_000, 1_800_000_000))
    return path


def test_a_file_goes_up_in_pieces_with_the_envelope_of_its_name(path: Path) -> None:
    spool = Spool()
    assert counts(deliver(spool.answers.api(), feed_file(path)))
    assert bytes(spool.content) == CONTENT
    last = spool.answers.asked[-1]
    assert last.headers["content-range"] == "bytes 24-29/30"
    told = {name: value for name, value in last.headers.items() if name.startswith("x-feed")}
    assert told == {
        "x-feed-kind": "schedule",
        "x-feed-format": "ssim",
        "x-feed-mode": "full",
        "x-feed-produced-at": "2027-01-15T08:00:00+00:00",
        "x-feed-sha256": hashlib.sha256(CONTENT).hexdigest(),
    }
    assert "content-encoding" not in last.headers


def test_a_packed_file_is_sent_as_it_is_and_summed_as_it_is_meant(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.gz"
    path.write_bytes(gzip.compress(CONTENT))
    spool = Spool()
    deliver(spool.answers.api(), feed_file(path))
    assert gzip.decompress(bytes(spool.content)) == CONTENT
    last = spool.answers.asked[-1]
    assert last.headers["content-encoding"] == "gzip"
    assert last.headers["x-feed-sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_the_sequence_latest_is_the_date_of_the_file(path: Path) -> None:
    path = path.rename(path.with_name("BA.season.latest.schedule.full.ssim"))
    assert feed_file(path).address == "/feeds/BA/season/1800000000"


def test_a_broken_connection_goes_on_where_it_was(path: Path) -> None:
    spool = Spool(break_at=(2, 3))  # asked twice at once, then after a pause
    pauses: list[float] = []
    deliver(spool.answers.api(), feed_file(path), pauses.append)
    assert bytes(spool.content) == CONTENT
    assert pauses == [1.0]
    ranges = [one.headers["content-range"] for one in spool.answers.asked if one.method == "PUT"]
    assert ranges.count("bytes 0-7/30") == 1, "what was acknowledged is not sent again"


def test_a_line_that_stays_dead_is_told(path: Path) -> None:
    spool = Spool(break_at=tuple(range(100)))
    pauses: list[float] = []
    with pytest.raises(HoldfastError, match="does not answer"):
        deliver(spool.answers.api(), feed_file(path), pauses.append)
    assert pauses == [1.0, 2.0, 4.0, 8.0]
    assert len(pauses) == TRIES - 1


def test_what_was_all_sent_but_not_judged_is_sent_again(path: Path) -> None:
    spool = Spool()
    spool.content += CONTENT
    assert counts(deliver(spool.answers.api(), feed_file(path)))
    assert bytes(spool.content) == CONTENT


def test_a_refusal_is_told_at_once(path: Path) -> None:
    answers = Answers({f"GET {PLACE}": lambda _: refusal(403, "This token is for XX.")})
    with pytest.raises(Mistake, match="This token is for XX"):
        deliver(answers.api(), feed_file(path), lambda _: pytest.fail("no second try"))


@pytest.mark.parametrize("name", ["season.ssim", "BA.season.7.fares.full.ssim", "BA"])
def test_a_name_that_says_nothing_is_refused_with_an_example(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(Mistake, match=r"BA\.season\.7\.schedule\.full\.ssim"):
        feed_file(tmp_path / name)


def test_a_file_that_is_not_there_empty_or_torn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="cannot be read"):
        feed_file(tmp_path / NAME)
    (tmp_path / NAME).write_bytes(b"")
    with pytest.raises(Mistake, match="empty"):
        feed_file(tmp_path / NAME)
    torn = tmp_path / f"{NAME}.gz"
    torn.write_bytes(gzip.compress(CONTENT)[:-9])
    with pytest.raises(Mistake, match="cannot be read"):
        feed_file(torn)


def test_what_became_of_it_is_shown_with_what_was_set_aside(path: Path) -> None:
    aside = {"line": 12, "reason": "no such airport", "content": "3 BA 117\x1b[2J"}
    said: list[str] = []
    file = feed_file(path)
    show_delivery(file, outcome(set_aside=1, quarantined=[aside]), said.append)
    assert said == [
        f"{NAME}: accepted; 3 records, 3 changes, 1 set aside",
        "  line 12: no such airport: 3 BA 117?[2J",
    ]
    show_delivery(file, outcome("rejected", reason="torn", line=3), said.append)
    assert said[2] == f"{NAME}: rejected: torn (line 3); 3 records, 3 changes, 0 set aside"
    assert [counts(outcome(word)) for word in ("duplicate", "held", "ignored", "rejected")] == [
        True,
        False,
        False,
        False,
    ]
