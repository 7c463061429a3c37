"""Patroni is asked in bounded time; silence and rubbish are no answers."""

import base64
import socket

from holdfast.platform.data.cluster.plan import member_at
from holdfast.platform.data.cluster.rest import ask, tell
from tests.support.answers import answers


def test_an_answer_has_a_status_and_what_was_said() -> None:
    with answers(lambda *_: (503, {"state": "running"})) as heard:
        answer = ask(heard.member(), "/primary")
    assert answer is not None
    assert (answer.status, answer.is_ok, answer.said) == (503, False, {"state": "running"})
    assert heard.asked == [("GET", "/primary", None, "")]


def test_an_unsafe_request_carries_the_password() -> None:
    with answers(lambda *_: (202, b"reinitialize started")) as heard:
        answer = tell(heard.member(), "/reinitialize", {"force": True}, password="secret")
    assert answer is not None
    assert answer.is_ok
    assert (answer.said, answer.text) == (None, "reinitialize started")
    method, path, body, authorization = heard.asked[0]
    assert (method, path, body) == ("POST", "/reinitialize", {"force": True})
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"holdfast:secret"


def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        member = member_at("m1", "127.0.0.1", taken.getsockname()[1] - 10)
        assert ask(member, "/cluster") is None


def test_a_frozen_patroni_and_one_that_talks_nonsense_are_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        member = member_at("m1", "127.0.0.1", frozen.getsockname()[1] - 10)
        assert ask(member, "/cluster", within_s=0.05) is None
        line, _ = frozen.accept()
        line.close()
