"""What comes in is bounded in size and time, whatever it claims to be."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from holdfast.platform.web import bodies
from holdfast.platform.web.bodies import BodyRefused, read_body


def request(*chunks: bytes, length: str | None = None, end: str = "whole") -> Request:
    """A request whose body comes in chunks; `end`: whole, cut (the client goes), or silent."""
    headers = [] if length is None else [(b"content-length", length.encode())]

    async def messages() -> AsyncIterator[Message]:
        for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
        if end == "silent":
            await asyncio.Event().wait()
        if end == "cut":
            yield {"type": "http.disconnect"}
        yield {"type": "http.request", "body": b"", "more_body": False}

    stream = messages()

    async def receive() -> Message:
        return await anext(stream)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    return Request(scope, receive)


async def test_a_body_within_its_bound_comes_whole() -> None:
    assert await read_body(request(b"ab", b"cd"), 4) == b"abcd"


@pytest.mark.parametrize("length", [None, "5", "nonsense", "1", "99999999999999999999", "²"])
async def test_a_body_that_is_too_long_is_refused_whatever_it_declares(length: str | None) -> None:
    with pytest.raises(BodyRefused, match="longer than 4 bytes") as caught:
        await read_body(request(b"abc", b"de", length=length), 4)
    assert caught.value.status == 413


async def test_a_body_declared_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(BodyRefused):
        await read_body(request(length="5", end="silent"), 4)


@pytest.mark.parametrize(("end", "status"), [("cut", 400), ("silent", 408)])
async def test_a_body_that_is_cut_or_slow_is_told_so(
    end: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.01)
    with pytest.raises(BodyRefused) as caught:
        await read_body(request(b"a", end=end), 4)
    assert caught.value.status == status
