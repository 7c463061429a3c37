"""Version and formats are told apart in the words that clients know."""

import pytest

from holdfast.flights.entrypoints.http.faults import ApiFault
from holdfast.flights.entrypoints.http.negotiation import (
    check_accept,
    check_content_type,
    dialect_at,
    version_of,
)

WANTED = "application/json"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_served_version_is_spoken(version: str) -> None:
    assert version_of(version, "duffel") == version


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "missing_version_header"),
        ("", "invalid_version_header"),
        ("2", "invalid_version_header"),
        ("v2 ", "invalid_version_header"),
        ("v3", "unsupported_version"),
        ("v0", "unsupported_version"),
        ("beta", "unsupported_version"),
    ],
)
def test_any_other_version_is_refused(header: str | None, code: str) -> None:
    with pytest.raises(ApiFault) as caught:
        version_of(header, "duffel")
    assert caught.value.code == code


def test_other_dialects_speak_the_newest() -> None:
    assert version_of(None, "native") == version_of("nonsense", "amadeus") == "v2"


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/json",
        "application/json, application/vnd.amadeus+json",
        "text/html, Application/JSON;q=0.5",
        "application/*;q=0.1",
        "*/*;q=1.0",
    ],
)
def test_whoever_takes_json_gets_it(accept: str | None) -> None:
    check_accept(accept)


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml;q=1", "application/json;q=0", "*/*; q=0.00", ","]
)
def test_whoever_takes_no_json_is_told(accept: str) -> None:
    with pytest.raises(ApiFault) as caught:
        check_accept(accept)
    assert caught.value.status == 406


@pytest.mark.parametrize("header", [WANTED, "Application/JSON", "application/json; charset=utf-8"])
def test_a_charset_of_a_body_is_ignored(header: str) -> None:
    check_content_type(header, WANTED)


@pytest.mark.parametrize(("header", "status"), [(None, 400), ("", 400), ("text/json", 415)])
def test_a_body_of_another_type_is_refused(header: str | None, status: int) -> None:
    with pytest.raises(ApiFault) as caught:
        check_content_type(header, WANTED)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1/security/oauth2/token", "amadeus"),
        ("/v2/schedule/flights", "amadeus"),
        ("/api/flights/audit", "native"),
        ("/feeds/BA/season/1", "native"),
        ("/health/nothing", "native"),
        ("/air/orders", "duffel"),
        ("/apis", "duffel"),
        ("/", "duffel"),
    ],
)
def test_an_address_without_an_operation_has_the_errors_of_its_neighbours(
    path: str, dialect: str
) -> None:
    assert dialect_at(path) == dialect
