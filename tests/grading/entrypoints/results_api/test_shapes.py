"""Shapes are what the domain says, in JSON's words."""

import msgspec

from holdfast.grading.domain.roster import Source
from holdfast.grading.entrypoints.results_api.shapes import AttemptDetail, IncidentShape
from holdfast.grading.service.ports import AttemptRecord, AttemptSummary
from tests.grading.store.contract import NOON, closed, incident, opened


def record(transcript: bytes) -> AttemptRecord:
    closing = closed(opened())
    summary = AttemptSummary(
        id=closing.opened.id,
        uid=closing.opened.uid,
        test=closing.opened.test,
        verdict=closing.verdict,
        checks=closing.checks,
        reason=closing.reason,
        started_at=closing.opened.started_at,
        ended_at=closing.ended_at,
        node="n1",
        source=Source("2001:db8::1", 7),
    )
    return AttemptRecord(summary, "5eed", transcript, "note")


def test_a_transcript_is_embedded_byte_for_byte() -> None:
    transcript = '{"version": 1, "text": "ü  "}'.encode()
    raw = msgspec.json.encode(AttemptDetail.of(record(transcript), for_teacher=False))
    assert transcript in raw
    assert msgspec.json.decode(raw)["source"] == "[2001:db8::1]:7"


def test_raw_bytes_are_hex_and_times_are_utc() -> None:
    raw = msgspec.json.decode(msgspec.json.encode(IncidentShape.of(incident("kind"))))
    assert raw["raw"] == "0068656c6c6f"
    assert raw["happened_at"] == NOON.strftime("%Y-%m-%dT%H:%M:%SZ")
