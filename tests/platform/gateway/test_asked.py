import asyncio
from typing import Any

import pytest

from holdfast.platform.gateway import asked as module
from holdfast.platform.gateway.asked import (
    Asked,
    BodyTooLong,
    BodyTooSlow,
    ClientGone,
    asked_of,
)
from holdfast.platform.gateway.headers import Header


def made(*headers: Header, pieces: tuple[dict[str, Any], ...] = (), path: str = "/x") -> Asked:
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    scope = {
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"token=secret",
        "headers": list(headers),
        "client": ("fe80::1%eth0", 4711),
    }
    return asked_of(scope, receive)


def test_what_a_request_says_is_read_once() -> None:
    asked = made((b"accept", b"text/html"), (b"accept-language", b"de-CH"))
    assert asked.host == "fe80::1"
    assert asked.target == b"/x?token=secret"
    assert asked.where == "GET /x"
    assert (asked.wants_page, asked.wants_german, asked.has_body) == (True, True, False)
    assert made().request_id != made().request_id


def test_an_id_that_is_plain_is_kept_and_any_other_replaced() -> None:
    assert made((b"x-request-id", b"Plain_id-of-a-client")).request_id == b"Plain_id-of-a-client"
    for value in (b"a" * 15, b"a" * 65, b"a" * 15 + b"\n", b"a b" * 9, b""):
        assert len(made((b"x-request-id", value)).request_id) == 24
    assert len(made(*[(b"x-request-id", b"a" * 16)] * 2).request_id) == 24


@pytest.mark.parametrize(
    ("header", "has_body"),
    [
        ((b"content-length", b"0"), False),
        ((b"content-length", b"5"), True),
        ((b"transfer-encoding", b"chunked"), True),
    ],
)
def test_a_body_is_there_when_it_is_declared(header: Header, has_body: bool) -> None:
    assert made(header).has_body is has_body


async def test_pieces_are_counted_and_bounded() -> None:
    body = ({"type": "http.request", "body": b"abc", "more_body": True},) * 3
    asked = made(pieces=body)
    assert await asked.piece(6) == (b"abc", True)
    assert await asked.piece(6) == (b"abc", True)
    with pytest.raises(BodyTooLong):
        await asked.piece(6)
    assert asked.body_bytes == 9


async def test_a_body_that_stops_or_whose_client_leaves_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PIECE_S", 0.02)
    with pytest.raises(BodyTooSlow):
        await made().piece(9)
    with pytest.raises(ClientGone):
        await made(pieces=({"type": "http.disconnect"},)).piece(9)


async def test_a_body_has_its_time_and_more_the_more_of_it_came() -> None:
    asked = made()
    asked.began -= module.BODY_S + 1
    with pytest.raises(BodyTooSlow):
        await asked.piece(9)
    piece = {"type": "http.request", "body": b"a", "more_body": True}
    asked = made(pieces=(piece,))
    asked.began -= module.BODY_S + 1
    asked.body_bytes = module.SLOWEST_BYTES_PER_S * 60
    assert await asked.piece(1 << 30) == (b"a", True)
