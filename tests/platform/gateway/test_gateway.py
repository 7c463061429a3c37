"""docs/reference/gateway.md on real sockets: smuggling, injection, slow clients, what is behind.

What the parts promise alone is beside this file; which processes a fleet has with a gateway, and
that the promises of the applications hold through it, is shown by tests/processes.
"""

import asyncio

import pytest

from holdfast.platform.gateway.behind import EXEMPT
from holdfast.platform.gateway.passage import HEADER, Seal
from holdfast.platform.web import connection
from tests.support.gateway_site import SECRET, Answer, Echo, front, proxied, serving

SMUGGLED = b"GET /internal/secret HTTP/1.1\r\nHost: a\r\n\r\n"
TWO_WAYS = {
    "both lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "lengths that differ": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
    b"Content-Length: %d\r\n\r\n" % len(SMUGGLED),
    "lengths that agree": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
    b"Content-Length: 0\r\n\r\n",
    "a list of lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n",
    "a length with a sign": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
    "a length in hexadecimal": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n",
    "another encoding": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "an encoding after chunked": b"POST / HTTP/1.1\r\nHost: a\r\n"
    b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an encoding twice": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a tab before the colon": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\n\r\n",
    "a blank before the colon": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n",
    "a folded header": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
    "a folded length": b"POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 5\r\n\r\n",
    "a bare line feed": b"POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 5\r\n\r\n",
    "a nul in a value": b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a chunk without a number": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"g\r\n\r\n",
    "a chunk with a sign": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"-1\r\n\r\n0\r\n\r\n",
    "a chunk of 2^64 bytes": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"10000000000000000\r\n\r\n",
    "a chunk longer than it says": b"POST / HTTP/1.1\r\nHost: a\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "an address with two slashes": b"GET //internal/secret HTTP/1.1\r\nHost: a\r\n\r\n",
    "a blank in the address": b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "no method": b" / HTTP/1.1\r\nHost: a\r\n\r\n",
}


@pytest.mark.parametrize("raw", TWO_WAYS.values(), ids=TWO_WAYS.keys())
async def test_what_two_readers_could_read_differently_reaches_no_member(raw: bytes) -> None:
    echo = Echo("one")
    async with front(echo) as site:
        said = await site.say(proxied(raw + SMUGGLED))
        assert said[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 413", b"")
        assert not [one for one in echo.asked if "secret" in one["path"]]
        assert said.count(b"HTTP/1.1") <= 1, "what follows on the line is not looked at"


async def test_a_body_is_never_the_next_request() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        head = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % len(SMUGGLED)
        await site.say(proxied(head + b"Connection: close\r\n\r\n" + SMUGGLED))
        assert [(one["path"], one["body"]) for one in echo.asked] == [("/x", SMUGGLED)]


async def test_requests_that_come_together_are_answered_in_their_order() -> None:
    async with front(Echo("one")) as site:
        many = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(5))
        last = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        said = await site.say(proxied(many + last))
        places = [said.index(b"one 0 /%s" % name) for name in (b"0", b"1", b"4", b"last")]
        assert places == sorted(places)


@pytest.mark.parametrize(
    "value", ["a\r\nX-Injected: 1", "%0d%0aX-Injected:1", "a" * 100, "<script>alert(1)</script>"]
)
async def test_no_id_of_a_client_injects_a_header_or_markup(value: str) -> None:
    echo = Echo("one")
    async with front(echo) as site:
        answer = await site.get("/x", f"X-Request-Id: {value}")
        assert "x-injected" not in answer.headers
        assert value not in answer.headers.get("x-request-id", "")


async def test_a_head_that_drips_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.1)
    async with front(Echo("one")) as site:
        assert await site.say(b"GET / HTTP/1.1\r\nHost: a\r\nX: y") == b""


async def test_a_head_that_is_too_large_is_refused() -> None:
    async with front(Echo("one")) as site:
        raw = b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: %s\r\n" % (b"y" * 1000) * 40 + b"\r\n"
        assert Answer.of(await site.say(raw)).status == 431


async def test_a_crowd_that_never_ends_its_heads_keeps_nobody_out() -> None:
    async with front(Echo("one")) as site:
        crowd = [await site.connect() for _ in range(60)]
        for _, writer in crowd:
            writer.write(b"GET / HTTP/1.1\r\n")
        assert (await site.get("/x")).status == 200
        for _, writer in crowd:
            writer.close()


async def test_what_did_not_come_through_a_gateway_is_refused_behind_it() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        (endpoint,) = site.ways.members.pool.endpoints("things-http")
        forged = Seal([SECRET[::-1]])
        for extra in (b"", HEADER + b": 1 1800000000 1.2.3.4 1 http " + b"0" * 64 + b"\r\n"):
            reader, writer = await asyncio.open_connection(*endpoint)
            writer.write(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + extra + b"\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 403")
            writer.close()
        site.ways.seal = forged
        assert (await site.get("/x")).status == 403
        assert echo.asked == []


async def test_health_and_the_nodes_door_of_a_process_need_no_gateway() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        (endpoint,) = site.ways.members.pool.endpoints("things-http")
        for path in EXEMPT:
            reader, writer = await asyncio.open_connection(*endpoint)
            writer.write(b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % path.encode())
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_who_is_no_balancer_says_nothing_of_its_client() -> None:
    async with serving(Echo("one"), believed=_nowhere()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(proxied(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        assert await reader.read() == b""
        writer.close()


def _nowhere() -> object:
    from holdfast.platform.balancer.networks import Networks

    return Networks(["192.0.2.0/24"])
