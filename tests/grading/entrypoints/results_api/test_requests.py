"""What comes in is bounded, whatever it claims to be."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from holdfast.grading.entrypoints.results_api.problems import Problem
from holdfast.grading.entrypoints.results_api.requests import (
    attempt_in_path,
    body_of,
    json_of,
    uid_in_path,
    whole_number,
)
from holdfast.grading.entrypoints.results_api.shapes import ClaimRequest
from holdfast.platform.web import bodies


def request(
    *chunks: bytes, length: str | None = None, query: str = "", end: str = "whole", **path: str
) -> Request:
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

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": headers,
        "query_string": query.encode(),
        "path_params": path,
    }
    return Request(scope, receive)


async def test_a_body_within_its_bound_comes_whole() -> None:
    assert await body_of(request(b"ab", b"cd"), 4) == b"abcd"


@pytest.mark.parametrize("length", [None, "5", "nonsense", "1", "99999999999999999999", "²"])
async def test_a_body_that_is_too_long_is_413_whatever_it_declares(length: str | None) -> None:
    with pytest.raises(Problem) as caught:
        await body_of(request(b"abc", b"de", length=length), 4)
    assert caught.value.status == 413


async def test_a_body_that_is_cut_or_slow_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.01)
    for end, status in (("cut", 400), ("silent", 408)):
        with pytest.raises(Problem) as caught:
            await body_of(request(b"a", end=end), 4)
        assert caught.value.status == status


async def test_json_that_does_not_fit_names_the_field() -> None:
    with pytest.raises(Problem, match=r"\$\.uid"):
        await json_of(request(b'{"uid":"x","token":"t"}'), ClaimRequest)
    claim = await json_of(request(b'{"uid":1,"token":"t"}'), ClaimRequest)
    assert claim == ClaimRequest(1, "t")


@pytest.mark.parametrize("text", ["", "x", "-1", "20000", "00001", "1 ", "²", "٣"])
def test_an_id_in_a_path_has_one_to_four_digits_or_is_a_shown_number(text: str) -> None:
    with pytest.raises(Problem) as caught:
        uid_in_path(request(uid=text))
    assert caught.value.status == 404


def test_an_attempts_id_in_a_path_is_hex() -> None:
    assert attempt_in_path(request(id="0a" * 16)) == "0a" * 16
    with pytest.raises(Problem):
        attempt_in_path(request(id="0A" * 16))


@pytest.mark.parametrize("text", ["x", "-1", "1.0", "11", "9" * 30, "%C2%B2"])
def test_a_number_in_a_query_is_bounded(text: str) -> None:
    with pytest.raises(Problem, match="from 0 to 10"):
        whole_number(request(query=f"n={text}"), "n", 3, 10)


def test_a_number_in_a_query_has_a_default() -> None:
    assert whole_number(request(), "n", 3, 10) == 3
    assert whole_number(request(query="n=10"), "n", 3, 10) == 10
