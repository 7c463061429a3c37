"""The settings of the ingest process."""

import pytest

from holdfast.flights.entrypoints.ingest.settings import IngestSettings, Source


def test_sources_are_named_by_their_airline() -> None:
    settings = IngestSettings(sources=("BA=file:///feeds", "4U=https://host/x?a=b"))
    assert settings.named_sources() == (
        Source("BA", "file:///feeds"),
        Source("4U", "https://host/x?a=b"),
    )


@pytest.mark.parametrize("text", ["BA", "ba=file:///x", "BA=ftp://x", "BA=file://x", "=http://x"])
def test_other_sources_are_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="must be like BA=file:///folder"):
        IngestSettings(sources=(text,))
