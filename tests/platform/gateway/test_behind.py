from pathlib import Path
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from holdfast.platform.gateway.behind import Behind, seal_of
from holdfast.platform.gateway.passage import HEADER, Passenger, Seal, subject
from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.web.connection import TRACE_KEY

SEAL = Seal([b"a secret of 16 B"])
NOW = 1_800_000_000.0
ID = b"0123456789abcdef"


async def asked(path: str, *headers: tuple[bytes, bytes]) -> tuple[int, Scope | None]:
    """Status, and the scope that the application saw."""
    seen: list[Scope] = []
    sent: list[Message] = []

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"x-request-id", ID), *headers],
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    await Behind(app, SEAL, lambda: NOW)(scope, receive, send)
    return sent[0]["status"], seen[0] if seen else None


async def test_a_request_with_its_passage_comes_from_the_client_that_it_names() -> None:
    value = SEAL.stamp(Passenger("2001:db8::1", 7, "https"), subject(ID, "GET", b"/x", b""), NOW)
    status, scope = await asked("/x", (HEADER, value))
    assert status == 200
    assert scope is not None
    assert (scope["client"], scope["scheme"]) == (("2001:db8::1", 7), "https")


async def test_the_balancers_name_of_a_connection_gets_through() -> None:
    trace = "0123456789abcdef" * 2
    who = Passenger("192.0.2.1", 7, "http", trace)
    status, scope = await asked(
        "/x", (HEADER, SEAL.stamp(who, subject(ID, "GET", b"/x", b""), NOW))
    )
    assert status == 200
    assert scope is not None
    assert scope["state"][TRACE_KEY] == trace


async def test_without_a_passage_or_with_a_wrong_one_nothing_is_answered() -> None:
    value = SEAL.stamp(Passenger("192.0.2.1", 7, "http"), subject(ID, "GET", b"/y", b""), NOW)
    for headers in ([], [(HEADER, value)], [(HEADER, b"1")]):
        assert await asked("/x", *headers) == (403, None)


async def test_health_and_internal_addresses_are_excepted_unless_they_claim_a_passage() -> None:
    for path in ("/health/live", "/internal/grading/batch"):
        assert (await asked(path))[0] == 200
        assert (await asked(path, (HEADER, b"1")))[0] == 403
    assert (await asked("/healthy"))[0] == 403


def test_the_key_is_made_once_and_may_have_several_lines(tmp_path: Path) -> None:
    fleet = FleetSettings(data=tmp_path)
    first = seal_of(GatewaySettings(), fleet)
    assert seal_of(GatewaySettings(), fleet).secrets == first.secrets
    path = tmp_path / "gateway.key"
    assert path.stat().st_mode & 0o077 == 0
    path.write_bytes(b"n" * 32 + b"\n" + path.read_bytes())
    assert [b"n" * 32, *first.secrets] == list(seal_of(GatewaySettings(), fleet).secrets)
