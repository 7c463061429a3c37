import json

import pytest

from holdfast.platform.gateway import refusals
from holdfast.platform.gateway.refusals import answer_of, plain_json, refusal

KINDS = {
    refusals.NO_MEMBER: 503,
    refusals.NO_ANSWER: 504,
    refusals.CUT: 502,
    refusals.AMBIGUOUS: 400,
    refusals.WRONG_HOST: 421,
    refusals.NOWHERE: 404,
    refusals.TOO_OFTEN: 429,
    refusals.TOO_LONG: 413,
    refusals.TOO_SLOW: 408,
    refusals.HEAD_TOO_LONG: 431,
}
HOSTILE = 'GET /<script>alert(1)</script>"\\\n'


@pytest.mark.parametrize(("kind", "status"), KINDS.items())
def test_every_refusal_has_a_status_a_reason_and_a_way_out(kind: str, status: int) -> None:
    told = refusal(kind, "GET /x", "id-1")
    assert told.status == status
    assert told.title
    assert told.what.endswith(".")
    assert told.fix.endswith(".")
    for german in (False, True):
        media, body = answer_of(kind, told, plain_json, page=True, german=german)
        assert media.startswith(b"text/html")
        assert (b'lang="de"' in body) is german
        assert b"id-1" in body


def test_a_program_gets_the_sites_own_form() -> None:
    told = refusal(refusals.TOO_LONG, HOSTILE, "id-1", "Much too long.")
    media, body = answer_of(refusals.TOO_LONG, told, plain_json, page=False, german=False)
    assert media == b"application/json"
    assert json.loads(body)["error"]["what"] == "Much too long."
    assert "<script>" in json.loads(body)["error"]["where"]


def test_a_page_shows_a_hostile_address_as_text() -> None:
    told = refusal(refusals.NOWHERE, HOSTILE * 20, "id-1")
    _, body = answer_of(refusals.NOWHERE, told, plain_json, page=True, german=False)
    assert b"<script" not in body
    assert b"style" not in body
    assert len(body) < 2000
