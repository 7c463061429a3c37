"""Attempts in a terminal: verdict, reason, checks, and nothing that a terminal would obey."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.grading.entrypoints.attempts import show_attempts

ATTEMPT = {
    "id": "c32622d89f6d53a36b96830af0566871",
    "test": "2024-a1-t4",
    "verdict": "fail",
    "reason": "The echo differs at byte 3 \x1b[2J.",
    "checks": [
        {"name": "echo", "verdict": "fail", "points": 0, "hint": "echo it unchanged"},
        {"name": "rest", "verdict": "not reached", "points": 0, "hint": ""},
    ],
    "started_at": "2026-11-02T12:00:00Z",
    "ended_at": None,
    "node": "node-1",
    "source": "127.0.0.1:5000",
}


class Api(BaseHTTPRequestHandler):
    """Answers by the student's id: 1 has an attempt, 2 none, 3 is unknown, 4 is our fault."""

    def do_GET(self) -> None:
        uid = self.path.split("/")[4]
        status = {"3": 404, "4": 500, "5": 401}.get(uid, 200)
        found = [ATTEMPT] if uid == "1" else []
        body: object = {"attempts": found, "next": None}
        if status != 200:
            body = {"error": {"what": "nobody has the id 3" if uid == "3" else "token, please"}}
        if self.headers.get("authorization") == "Bearer right":
            status, body = 200, {"attempts": [], "next": None}
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's word
        """Quiet."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A results API that answers from a script."""
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_attempt_is_shown_with_its_reason_and_every_check(url: str) -> None:
    lines: list[str] = []
    assert show_attempts(url, 1, out=lines.append) == 0
    said = "\n".join(lines)
    assert "2024-a1-t4" in said
    assert "failed" in said
    assert "The echo differs at byte 3" in said
    assert "x echo: echo it unchanged" in said
    assert ". rest" in said


def test_control_characters_never_reach_the_terminal(url: str) -> None:
    lines: list[str] = []
    show_attempts(url, 1, out=lines.append)
    assert all(line.isprintable() for line in lines)


def test_a_student_without_attempts_is_told_so(url: str) -> None:
    lines: list[str] = []
    assert show_attempts(url, 2, out=lines.append) == 0
    assert "not attempted anything" in lines[0]


def test_what_the_api_refuses_is_the_users_mistake_in_its_own_words(url: str) -> None:
    with pytest.raises(Mistake, match="nobody has the id 3"):
        show_attempts(url, 3)
    with pytest.raises(Mistake, match="token"):
        show_attempts(url, 5)
    assert show_attempts(url, 5, token="right", out=lambda _: None) == 0


def test_an_api_that_fails_or_is_away_is_no_mistake_of_the_user(url: str) -> None:
    with pytest.raises(HoldfastError) as failed:
        show_attempts(url, 4)
    assert not isinstance(failed.value, Mistake)
    with pytest.raises(HoldfastError, match="does not answer"):
        show_attempts("http://127.0.0.1:1", 1)
