"""A request is read once, and headers are what the last one said."""

from starlette.types import Message

from holdfast.flights.entrypoints.http.asked import Asked, asked_of


async def _receive() -> Message:
    return {"type": "http.request", "body": b"abc", "more_body": False}


def asked(*headers: tuple[bytes, bytes], client: tuple[str, int] | None = None) -> Asked:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/air/orders",
        "query_string": b"a=1",
        "headers": list(headers),
        "client": client,
    }
    return asked_of(scope, _receive)


def test_of_several_headers_the_last_counts() -> None:
    found = asked((b"accept", b"one"), (b"accept", b"tw\xf6"))
    assert found.header(b"accept") == "twö"
    assert found.header(b"missing") is None


def test_every_request_has_an_id_of_its_own() -> None:
    assert len({asked().request_id for _ in range(100)}) == 100


async def test_the_body_can_be_read_through_the_request() -> None:
    found = asked(client=("192.0.2.1", 5))
    assert found.request is found.request
    assert await found.request.body() == b"abc"
    assert (found.host, found.query, found.taken) == ("192.0.2.1", b"a=1", None)


def test_a_client_without_an_address_has_none() -> None:
    assert asked().host == ""
