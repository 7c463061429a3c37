"""Plain pages escape what they show and allow nothing else."""

import pytest
from starlette.requests import Request
from starlette.types import Message

from holdfast.grading.entrypoints.results_api.forms import fields_of, page, told


def form(raw: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    return Request(
        {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}, receive
    )


def test_titles_and_sentences_are_escaped() -> None:
    answer = page(form(b""), "/claim", "<b>", told("<i>", is_wrong=True), 403)
    assert answer.status_code == 403
    assert b"<b>" not in answer.body
    assert b"&lt;i&gt;" in answer.body
    assert b'role="alert"' in answer.body
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_page_leads_to_itself_in_the_other_language_and_keeps_the_choice() -> None:
    asked = Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/claim",
            "headers": [],
            "scheme": "http",
            "server": ("site.test", 80),
            "query_string": b"lang=de",
        }
    )
    answer = page(asked, "/claim", "Titel", "")
    assert b'<html lang="de">' in answer.body
    assert b'href="/claim?lang=en" lang="en"' in answer.body
    assert "holdfast_language=de" in answer.headers["set-cookie"]


def test_nothing_to_tell_is_nothing() -> None:
    assert told("", is_wrong=True) == ""
    assert 'role="status"' in told("Done.", is_wrong=False)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"a=1&b=%C3%BC&a=2", {"a": "1", "b": "\u00fc"}),
        (b"", {}),
        (b"&".join([b"x=1"] * 50), {}),
        (b"\xff=\xff", {"\ufffd": "\ufffd"}),
    ],
)
async def test_fields_come_once_and_are_few(raw: bytes, fields: dict[str, str]) -> None:
    assert await fields_of(form(raw)) == fields
