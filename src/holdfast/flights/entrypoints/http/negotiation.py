"""The law of negotiation: which version is spoken, and that both sides speak JSON.

PURE. Paths that clients of Duffel use want their version header; native and Amadeus-shaped paths
do not know it.
"""

import re

from holdfast.flights.entrypoints.http.faults import (
    invalid_content_type_header,
    invalid_version_header,
    missing_content_type_header,
    missing_version_header,
    unsupported_format,
    unsupported_version,
)
from holdfast.flights.entrypoints.http.operation import Dialect, Version

VERSION_HEADER = "Duffel-Version"
VERSIONS: tuple[Version, ...] = ("v1", "v2")
NEWEST: Version = "v2"
"""What is spoken where no version is asked for."""
_VERSION = re.compile(r"v[0-9]{1,3}|beta", re.ASCII)
_AMADEUS_PATHS = ("/v1/", "/v2/", "/v3/")
_NATIVE_PATHS = ("/api/", "/feeds/", "/health/")
_ACCEPTED = ("*/*", "application/json", "application/*")


def version_of(header: str | None, dialect: Dialect) -> Version:
    """The version that is asked for; `ApiFault` when there is none or it is not served."""
    if dialect != "duffel":
        return NEWEST
    match header:
        case "v1" | "v2":
            return header
        case None:
            raise missing_version_header()
        case str() if _VERSION.fullmatch(header):
            raise unsupported_version()
    raise invalid_version_header()


def dialect_at(path: str) -> Dialect:
    """Whose error shape holds at an address that no operation has."""
    if path.startswith(_AMADEUS_PATHS):
        return "amadeus"
    return "native" if path.startswith(_NATIVE_PATHS) else "duffel"


def check_accept(header: str | None) -> None:
    """`ApiFault` 406 when the client says that it takes no JSON."""
    if not header or header in _ACCEPTED:
        return
    for part in header.split(","):
        media, _, details = part.partition(";")
        if media.strip().lower() in _ACCEPTED and not _is_refusal(details):
            return
    raise unsupported_format()


def check_content_type(header: str | None, wanted: str) -> None:
    """`ApiFault` when the body is not of the wanted type; a charset may be told and is ignored."""
    if not header:
        raise missing_content_type_header()
    if header != wanted and header.partition(";")[0].strip().lower() != wanted:
        raise invalid_content_type_header(wanted)


def _is_refusal(details: str) -> bool:
    name, _, value = details.strip().partition("=")
    return name.strip() == "q" and value.strip().rstrip("0") in ("0.", "0", "")
