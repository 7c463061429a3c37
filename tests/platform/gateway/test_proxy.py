import asyncio
import json
import socket

import pytest
from starlette.types import Receive, Scope, Send

from holdfast.platform.balancer.proxy_protocol import TRACE_TLV
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.gateway import asked, proxy
from tests.support.gateway_site import CLIENT, Answer, Echo, front, proxied

CLOSE = b"Host: a\r\nConnection: close\r\n"


async def test_a_request_is_answered_by_a_member_with_its_id_and_safety() -> None:
    async with front(Echo("one")) as site:
        answer = await site.get("/x?a=%20b", "X-Request-Id: abcdefghijklmnop-1")
        assert (answer.status, answer.body) == (200, b"one 0 /x")
        assert answer.headers["x-request-id"] == "abcdefghijklmnop-1"
        assert answer.headers["x-of"] == "member"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in answer.headers
        assert [(done.status, done.member) for done in site.noted] == [(200, "m0")]


async def test_a_member_hears_of_the_client_from_the_balancer_only() -> None:
    echo = Echo("one")
    async with front(echo, tls_ports=frozenset({8443})) as site:
        lines = b"GET / HTTP/1.1\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n" + CLOSE
        await site.say(proxied(lines + b"\r\n"))
        heard = echo.asked[0]
        assert heard["client"] == CLIENT
        assert heard["scheme"] == "http"
        assert "1.2.3.4" not in str(heard)
        raw = await site.say(proxied(lines + b"\r\n", 8443))
        assert echo.asked[1]["scheme"] == "https"
        assert b"strict-transport-security: max-age=" in raw


async def test_the_balancers_name_of_a_connection_reaches_the_member_and_the_log() -> None:
    echo, name = Echo("one"), bytes(range(16))
    async with front(echo) as site:
        request = b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n"
        await site.say(proxied(request, 8000, (TRACE_TLV, name)))
        await site.say(proxied(request))
        assert [heard["trace"] for heard in echo.asked] == [name.hex(), ""]
        assert [done.asked.trace for done in site.noted] == [name.hex(), ""]


@pytest.mark.parametrize("size", [0, 5, 60_000, 150_000])
async def test_a_body_goes_on_whole_whether_it_is_held_or_not(size: int) -> None:
    echo = Echo("one")
    async with front(echo) as site:
        head = b"POST /large HTTP/1.1\r\nContent-Length: %d\r\n" % size + CLOSE + b"\r\n"
        raw = await site.say(head, b"b" * (size // 2), b"b" * (size - size // 2))
        assert Answer.of(raw).status == 200
        assert echo.asked[0]["body"] == b"b" * size
        assert echo.asked[0]["content-length"] == str(size)


async def test_a_body_in_chunks_goes_on_with_a_framing_of_our_own() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        head = b"POST /large HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\n"
        await site.say(head + b"3;ext=1\r\nabc\r\n0\r\nTrailer: x\r\n\r\n")
        assert (echo.asked[0]["body"], echo.asked[0]["content-length"]) == (b"abc", "3")
        assert "transfer-encoding" not in echo.asked[0]
        many = b"".join(b"%x\r\n%s\r\n" % (50_000, b"c" * 50_000) for _ in range(4))
        await site.say(head + many + b"0\r\n\r\n")
        assert echo.asked[1]["body"] == b"c" * 200_000
        assert echo.asked[1]["transfer-encoding"] == "chunked"


async def test_a_body_beyond_its_routes_bound_is_refused_before_or_while_it_comes() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        head = b"POST / HTTP/1.1\r\nContent-Length: 300000\r\n" + CLOSE + b"\r\n"
        assert Answer.of(await site.say(head)).status == 413
        head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\n"
        many = b"".join(b"%x\r\n%s\r\n" % (50_000, b"c" * 50_000) for _ in range(5))
        assert Answer.of(await site.say(head + many + b"0\r\n\r\n")).status == 413
        assert echo.asked == []


async def test_a_long_answer_comes_in_pieces_and_a_head_without_its_body() -> None:
    async with front(Echo("one")) as site:
        answer = await site.get("/much")
        assert answer.headers["content-length"] == "3000000"
        assert len(answer.body) == 3_000_000
        answer = await site.get("/much", method="HEAD")
        assert (answer.status, answer.headers["content-length"], answer.body) == (
            200, "3000000", b"",
        )  # fmt: skip


async def test_lines_to_members_are_kept_for_the_next_request() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        reader, writer = await site.connect()
        for _ in range(3):
            writer.write(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"one 0 /x")
        writer.close()
        (kept,) = [line for lines in site.ways.lines._idle.values() for line in lines]
        assert kept.used == 3


async def test_a_member_that_cannot_be_reached_is_left_out_for_another() -> None:
    async with front(Echo("one")) as site:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        site.enter("m9", port)
        for _ in range(4):
            head = b"POST /x HTTP/1.1\r\nContent-Length: 1\r\n" + CLOSE + b"\r\nb"
            assert Answer.of(await site.say(head)).body == b"one 1 /x"
        states = {one.node: one.standing.value for one in site.ways.members.pool.states(0.0)}
        assert states["m9"] == "unreachable"


class Hanging:
    """A member that takes requests and closes without a word."""

    def __init__(self) -> None:
        self.heard = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.heard += 1
        writer.close()


@pytest.mark.parametrize(
    ("head", "is_repeated"),
    [
        (b"GET /x HTTP/1.1\r\n", True),
        (b"POST /keyed HTTP/1.1\r\nIdempotency-Key: k\r\nContent-Length: 0\r\n", True),
        (b"POST /keyed HTTP/1.1\r\nContent-Length: 0\r\n", False),
        (b"POST /x HTTP/1.1\r\nIdempotency-Key: k\r\nContent-Length: 0\r\n", False),
    ],
)
async def test_what_has_no_second_effect_is_tried_at_another_member(
    head: bytes, is_repeated: bool
) -> None:
    hanging = Hanging()
    server = await asyncio.start_server(hanging, "127.0.0.1", 0)
    async with front(Echo("one")) as site:
        site.enter("m9", server.sockets[0].getsockname()[1])
        answers = [Answer.of(await site.say(head + CLOSE + b"\r\n")).status for _ in range(4)]
        assert hanging.heard > 0
        assert (set(answers) == {200}) is is_repeated
        assert set(answers) <= {200, 502}
    server.close()
    await server.wait_closed()


async def test_nobody_to_answer_is_a_503_that_says_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(proxy, "WAIT_S", 0.05)
    async with front(Echo("one")) as site:
        answer = await site.get("/nobody")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert json.loads(answer.body)["error"]["where"] == "GET /nobody"
        page = await site.get("/nobody", "Accept: text/html", "Accept-Language: de-DE,de")
        assert page.headers["content-type"].startswith("text/html")
        assert b'lang="de"' in page.body


async def test_a_request_waits_a_little_for_a_member() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        port = int(next(iter(site.ways.members.pool.endpoints("things-http")))[1])
        asking = asyncio.create_task(site.get("/nobody/x"))
        await asyncio.sleep(0)
        site.enter("late", port, "nobody-http")
        assert (await asking).status == 200


async def test_no_answer_in_time_is_a_504() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        assert (await site.get("/quick/hangs")).status == 504
        echo.holds.set()


async def test_an_answer_that_is_cut_off_has_no_end_for_the_client_either() -> None:
    async with front(Echo("one")) as site:
        answer = await site.get("/stops")
        assert answer.headers["transfer-encoding"] == "chunked"
        assert b"half" in answer.body
        assert b"0\r\n\r\n" not in answer.body


async def test_events_come_as_they_are_sent_and_end_when_the_gateway_does() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        reader, writer = await site.connect()
        writer.write(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"data: 1\n\n")
        site.ways.close_streams()
        assert (await reader.readuntil(b"0\r\n\r\n")).endswith(b"0\r\n\r\n")
        echo.holds.set()
        writer.close()


async def test_events_that_are_asked_for_while_the_gateway_ends_are_over_at_once() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        site.ways.close_streams()
        answer = await site.get("/events")
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert site.ways.streams == set()
        echo.holds.set()


async def test_a_client_that_leaves_a_stream_frees_its_member() -> None:
    echo = Echo("one")
    async with front(echo) as site:
        reader, writer = await site.connect()
        writer.write(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"data: 1\n\n")
        (streaming,) = site.ways.streams
        writer.close()
        async with asyncio.timeout(5):
            while site.ways.streams:
                await asyncio.sleep(0.01)
        assert streaming.is_lost
        echo.holds.set()


async def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "PIECE_S", 0.05)
    async with front(Echo("one")) as site:
        head = b"POST /x HTTP/1.1\r\nContent-Length: 9\r\nHost: a\r\n\r\nb"
        assert Answer.of(await site.say(head)).status == 408


async def test_a_token_over_its_rate_is_told_when_to_come_back() -> None:
    async with front(Echo("one"), principal=RateLimit(0.1, 2)) as site:
        bearer = "Authorization: Bearer one"
        seen = [(await site.get("/x", bearer)).status for _ in range(3)]
        assert seen == [200, 200, 429]
        late = await site.get("/x", bearer)
        assert 1 <= int(late.headers["retry-after"]) <= 10
        assert (await site.get("/x", "Authorization: Bearer two")).status == 200


async def test_sessions_behind_one_address_are_many_clients_and_invented_ones_are_not() -> None:
    def cookie(number: int) -> str:
        return f"Cookie: holdfast_session={number:043}"

    strangers, address = RateLimit(0.001, 3), RateLimit(0.001, 10)
    async with front(Echo("one"), strangers=strangers, address=address) as site:
        students = [cookie(number) for number in range(2)]
        seen = [(await site.get("/x", one)).status for _ in range(3) for one in students]
        assert seen == [200] * 6
        invented = [(await site.get("/x", cookie(number))).status for number in range(7, 10)]
        assert invented == [200, 429, 429], "two were met before, the address met a third"
        assert (await site.get("/x", students[0])).status == 200
        assert (await site.get("/x")).status == 429, "nobody comes last"


async def unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """A member that knows nobody."""
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def test_a_token_that_no_member_knows_counts_as_nobody_each_time() -> None:
    async with front(unknown, strangers=RateLimit(0.001, 3)) as site:
        bearer = "Authorization: Bearer invented"
        assert [(await site.get("/x", bearer)).status for _ in range(5)] == [401] * 3 + [429] * 2


async def test_only_hosts_of_ours_are_answered() -> None:
    async with front(Echo("one"), hosts=("front.test",)) as site:
        assert (await site.get("/x")).status == 200
        foreign = b"GET /x HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n"
        answer = Answer.of(await site.say(foreign))
        assert answer.status == 421
        assert b"evil" not in answer.body


async def test_its_own_health_says_whether_it_and_its_services_are_there() -> None:
    async with front(Echo("one")) as site:
        assert (await site.get(proxy.LIVE)).status == 200
        assert (await site.get(proxy.READY)).status == 503
        site.enter("late", 1, "nobody-http")
        assert (await site.get(proxy.READY)).status == 200


class Shelf:
    """A member with one thing, told by its tag, and given whole or in part."""

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        asked = dict(scope["headers"])
        status, body = 200, b"0123456789"
        headers = [(b"etag", b'"one"'), (b"accept-ranges", b"bytes")]
        if asked.get(b"if-none-match") == b'"one"':
            status, body = 304, b""
        elif asked.get(b"range") == b"bytes=2-4":
            status, body = 206, body[2:5]
            headers.append((b"content-range", b"bytes 2-4/10"))
        if status != 304:
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def test_conditions_and_ranges_are_the_members_and_keep_its_line() -> None:
    async with front(Shelf()) as site:
        same = await site.get("/thing", 'If-None-Match: "one"')
        assert (same.status, same.body, same.headers["etag"]) == (304, b"", '"one"')
        (idle,) = site.ways.lines._idle.values()
        part = await site.get("/thing", "Range: bytes=2-4")
        assert (part.status, part.body) == (206, b"234")
        assert part.headers["content-range"] == "bytes 2-4/10"
        whole = await site.get("/thing")
        assert (whole.status, whole.body) == (200, b"0123456789")
        assert [line.used for line in idle] == [3]
