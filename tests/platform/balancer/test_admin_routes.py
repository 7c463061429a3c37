"""The admin API's paths: token, host, methods, bodies, and what each of them does."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import Mistake
from holdfast.platform.balancer.admin_routes import MAX_WEIGHT, Reloaded, answer
from holdfast.platform.telemetry.small_http import Request, Response

TOKEN = b"a token that only tests know"
NODES = ("n1", "n2")


class Fleet:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.wrong_file = ""

    def fleet(self) -> Mapping[str, object]:
        return {"nodes": list(NODES)}

    def metrics(self) -> str:
        return "x 1\n"

    def drain(self, node: str) -> None:
        self._do("drain", node)

    def undrain(self, node: str) -> None:
        self._do("undrain", node)

    def weigh(self, node: str, weight: float) -> None:
        self._do("weigh", node, weight)

    def reload(self) -> Reloaded:
        if self.wrong_file:
            raise Mistake(self.wrong_file)
        return Reloaded(("balancer.linger_s",), ("fleet.host",))

    def _do(self, what: str, node: str, *more: object) -> None:
        if node not in NODES:
            raise KeyError(node)
        self.done.append((what, node, *more))


def ask(method: str, path: str, body: bytes = b"", fleet: Fleet | None = None) -> Response:
    request = Request(method, path, "127.0.0.1:8082", (TOKEN,), body)
    return answer(request, fleet or Fleet(), TOKEN)


def body_of(response: Response) -> dict[str, object]:
    found = json.loads(response.body)
    assert isinstance(found, dict)
    return found


def test_the_fleet_and_the_figures_are_told() -> None:
    assert body_of(ask("GET", "/fleet")) == {"nodes": ["n1", "n2"]}
    page = ask("GET", "/metrics")
    assert (page.body, page.content_type[:10]) == (b"x 1\n", "text/plain")
    assert body_of(ask("GET", "/health/live")) == {"live": True}


def test_nodes_are_drained_undrained_and_weighed() -> None:
    fleet = Fleet()
    assert body_of(ask("POST", "/nodes/n1/drain", fleet=fleet)) == {"node": "n1", "draining": True}
    assert ask("POST", "/nodes/n1/undrain", fleet=fleet).status == 200
    assert ask("POST", "/nodes/n2/weight", b'{"weight": 2.5}', fleet=fleet).status == 200
    assert fleet.done == [("drain", "n1"), ("undrain", "n1"), ("weigh", "n2", 2.5)]


def test_a_reload_says_what_changed_and_what_did_not() -> None:
    assert body_of(ask("POST", "/reload")) == {
        "applied": ["balancer.linger_s"],
        "needs_restart": ["fleet.host"],
        "elsewhere": [],
    }


def test_a_wrong_file_is_an_error_with_the_name_of_its_key() -> None:
    fleet = Fleet()
    fleet.wrong_file = "balancer.linger_s (holdfast.toml) must be a number."
    refused = ask("POST", "/reload", fleet=fleet)
    assert refused.status == 422
    assert "balancer.linger_s" in str(body_of(refused)["error"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/fleet/", 404),
        ("POST", "/nodes/n9/drain", 404),
        ("POST", "/nodes/n1/delete", 404),
        ("POST", "/nodes/n1%2f/drain", 404),
        ("POST", "/nodes/" + "n" * 65 + "/drain", 404),
        ("GET", "/nodes/n1/drain", 405),
        ("POST", "/fleet", 405),
        ("HEAD", "/metrics", 405),
        ("OPTIONS", "/fleet", 405),
        ("GET", "/reload", 405),
    ],
)
def test_what_is_not_there_is_said(method: str, path: str, status: int) -> None:
    refused = ask(method, path)
    assert refused.status == status
    assert body_of(refused)["error"]
    assert bool(refused.allow) == (status == 405)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"2",
        b"{}",
        b'{"weight": "2"}',
        b'{"weight": 0}',
        b'{"weight": -1}',
        b'{"weight": 1e9}',
        b'{"weight": NaN}',
        b'{"weight": 2, "node": "n2"}',
        b'{"weight": 2} and more',
        b"\xff\xfe",
        b"[" * 4_000,
    ],
)
def test_a_wrong_weight_changes_nothing(body: bytes) -> None:
    fleet = Fleet()
    refused = ask("POST", "/nodes/n1/weight", body, fleet)
    assert refused.status == 400
    assert "weight" in str(body_of(refused)["error"])
    assert not fleet.done


@pytest.mark.parametrize("path", ["/fleet", "/reload", "/nodes/n1/drain", "/anything"])
@pytest.mark.parametrize("tokens", [(), (b"",), (b"wrong",), (TOKEN[:-1],), (TOKEN, TOKEN)])
def test_without_the_token_nothing_is_told_and_nothing_done(
    path: str, tokens: tuple[bytes, ...]
) -> None:
    fleet = Fleet()
    for method in ("GET", "POST"):
        refused = answer(Request(method, path, "localhost", tokens), fleet, TOKEN)
        assert refused.status == 401
        assert "n1" not in refused.body.decode()
    assert not fleet.done


def test_a_probe_and_a_scraper_need_no_token() -> None:
    for path in ("/health/live", "/metrics"):
        assert answer(Request("GET", path, "localhost"), Fleet(), TOKEN).status == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "127.0.0.1:x", "::1"]
)
def test_a_request_for_another_host_is_refused_even_with_the_token(host: str) -> None:
    for path in ("/health/live", "/metrics", "/fleet"):
        request = Request("GET", path, host, (TOKEN,))
        assert answer(request, Fleet(), TOKEN).status == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8082", "[::1]:65535"])
def test_loopback_has_these_names(host: str) -> None:
    assert answer(Request("GET", "/fleet", host, (TOKEN,)), Fleet(), TOKEN).status == 200


requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "PUT"]),
    path=st.one_of(
        st.text(max_size=40),
        st.sampled_from(["/fleet", "/metrics", "/reload", "/nodes/n1/weight", "/nodes/n1/drain"]),
    ),
    host=st.one_of(st.just("localhost"), st.text(max_size=20)),
    tokens=st.one_of(st.just((TOKEN,)), st.lists(st.binary(max_size=40), max_size=3).map(tuple)),
    body=st.one_of(st.binary(max_size=60), st.from_regex(rb'\{"weight": .{1,8}\}')),
)


@given(requests)
def test_any_request_is_answered_and_only_known_ones_do_anything(request: Request) -> None:
    fleet = Fleet()
    response = answer(request, fleet, TOKEN)
    assert response.raw
    for done in fleet.done:
        assert request.tokens == (TOKEN,)
        assert request.host == "localhost"
        assert len(done) == 2 or 0 < float(str(done[2])) <= MAX_WEIGHT


@given(requests)
def test_without_the_right_token_no_request_does_anything(request: Request) -> None:
    fleet = Fleet()
    tokens = tuple(token for token in request.tokens if token != TOKEN)
    answer(replace(request, tokens=tokens), fleet, TOKEN)
    assert not fleet.done
