import json

import pytest

from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.wiring.front import says, sites
from holdfast.flights.wiring.listeners import (
    BOOKING_HTTP,
    INGEST_HTTP,
    PAGES_HTTP,
    SEARCH_HTTP,
    SEATS_HTTP,
)
from holdfast.flights.wiring.sites.declared import BOOKING, INGEST, SEARCH, SEATS
from holdfast.platform.gateway.routes import Routes
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.site import Refusal

SETTINGS = Effective.load({"ingest": IngestSettings})


def test_every_operation_is_led_to_the_process_that_serves_it() -> None:
    routes = Routes(sites(SETTINGS)[0])
    served = {SEARCH_HTTP: SEARCH, SEATS_HTTP: SEATS, BOOKING_HTTP: BOOKING, INGEST_HTTP: INGEST}
    for service, operations in served.items():
        for operation in operations:
            route = routes.find(operation.path.replace("{", "").replace("}", ""))
            assert route is not None
            assert route.service == service, operation.path
            assert operation.answer_s is None or operation.answer_s <= route.head_s
            assert operation.raw_body or operation.max_body_bytes <= route.max_body_bytes
            assert not (route.keyed and operation.raw_body), "a key does not cover its body"


def test_files_of_feeds_may_be_as_large_as_the_setting_says() -> None:
    route = Routes(sites(SETTINGS)[0]).find("/feeds/BA/season/1")
    assert route is not None
    assert route.max_body_bytes == IngestSettings().max_file_mb << 20


def test_the_pages_are_a_site_of_their_own() -> None:
    _, pages = sites(SETTINGS)
    assert (pages.listener, [one.service for one in pages.routes]) == ("travel", [PAGES_HTTP])


@pytest.mark.parametrize("status", [400, 404, 408, 413, 421, 429, 431, 502, 503, 504])
def test_a_refusal_has_the_apis_envelope(status: int) -> None:
    told = json.loads(says(Refusal(status, "Title", "What.", "Fix.", "GET /x", "id")))
    (error,) = told["errors"]
    assert error["message"] == "What. Fix."
    assert told["meta"] == {"request_id": "id", "status": status}
    assert error["type"] in ("api_error", "invalid_request_error", "rate_limit_error")
