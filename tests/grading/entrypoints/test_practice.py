"""`holdfast practice`: what it sends, what it says, and what it says when it may not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.grading.entrypoints.practice import OFF, switch_practice


class Api(BaseHTTPRequestHandler):
    """Takes the form with the right token, and tells the mode."""

    is_on = False

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["content-length"])).decode()
        status = {"Bearer right": 204, "Bearer other": 403}.get(self.headers["authorization"], 500)
        if self.path == "/teach/practice" and status == 204:
            Api.is_on = form == "practice=yes"
        self._answer(status, b"")

    def do_GET(self) -> None:
        told = {"rules": {"time_scale": 0.01 if Api.is_on else 1.0}, "practice": Api.is_on}
        self._answer(200, json.dumps(told).encode())

    def _answer(self, status: int, raw: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's word
        """Quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_it_switches_and_says_how_it_is_now(url: str) -> None:
    said: list[str] = []
    for wish in ("show", "on", "show", "off"):
        assert switch_practice(url, "right", wish, said.append) == 0
    assert said[0] == said[3] == OFF
    assert said[1] == said[2]
    assert "lease times x 0.01" in said[1]


def test_only_the_admin_token_switches(url: str) -> None:
    with pytest.raises(Mistake, match="admin token was not accepted"):
        switch_practice(url, "other", "on")
    with pytest.raises(HoldfastError, match="status 500"):
        switch_practice(url, "broken", "on")
    assert not Api.is_on


def test_a_results_api_that_is_away_is_one_sentence() -> None:
    with pytest.raises(HoldfastError, match="does not answer"):
        switch_practice("http://127.0.0.1:9", "right", "on")
