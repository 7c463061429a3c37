import asyncio
import re
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from holdfast.platform.web.whole_answers import say_whole
from tests.support.gateway_site import ANSWER_S, serving

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"2")]


class Says:
    """Answers `ok`, whole if it can; `could` is what came of it."""

    def __init__(self, *more: tuple[bytes, bytes], begun: bool = False) -> None:
        self._more = more
        self._begun = begun
        self.could: list[bool] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": HEADERS}
        if self._begun:
            await send(start)
        self.could.append(say_whole(scope, 200, [*HEADERS, *self._more], b"ok"))
        if self.could[-1]:
            return
        if not self._begun:
            await send(start)
        await send({"type": "http.response.body", "body": b"ok"})


async def said(app: Says, *requests: bytes) -> bytes:
    """All that is answered until the connection ends."""
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for one in requests:
            writer.write(one)
        async with asyncio.timeout(ANSWER_S):
            answers = await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return answers


def undated(answer: bytes) -> bytes:
    """The answer with its date, which it must have, told to no second."""
    told, count = re.subn(rb"\r\ndate: [^\r]+", b"\r\ndate: then", answer)
    assert count == 1
    return told


async def test_a_whole_answer_is_what_two_messages_would_say() -> None:
    whole, begun = Says(), Says(begun=True)
    assert undated(await said(whole, LAST)) == undated(await said(begun, LAST))
    assert (whole.could, begun.could) == ([True], [False])


async def test_a_connection_goes_on_after_a_whole_answer_and_ends_when_asked_to() -> None:
    app = Says()
    answers = await said(app, GET + GET, LAST)
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert answers.count(b"connection: close") == 1
    assert answers.endswith(b"\r\n\r\nok")
    assert app.could == [True] * 3


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"\0"])
async def test_a_header_that_could_be_two_is_not_said(value: bytes) -> None:
    app = Says((b"x", value))
    assert b"x: " not in await said(app, LAST)
    assert app.could == [False]


def test_without_a_connection_nothing_is_said() -> None:
    assert not say_whole({"type": "http"}, 200, HEADERS, b"ok")
