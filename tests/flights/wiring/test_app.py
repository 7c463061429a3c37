"""Flights' declaration: processes as many as the settings say, and a summary that helps."""

from pathlib import Path

from holdfast.flights.wiring import APP
from holdfast.platform.runtime.config import Effective
from tests.flights.wiring.settings import effective


def summary(settings: Effective) -> str:
    return "\n".join(APP.summary(settings))


def test_what_needs_the_balancer_stops_before_it_and_what_is_behind_it_after() -> None:
    stages = {process.name: process.stage for process in APP.processes}
    balancer = 2
    assert stages.pop("flights-search") > balancer
    assert stages.pop("flights-pages") > balancer
    assert all(0 < stage < balancer for stage in stages.values())


def test_as_many_processes_run_as_the_settings_say() -> None:
    kinds = ("search", "booking", "seats", "ingest", "pages")
    settings = effective({f"flights.{kind}": n for n, kind in enumerate(kinds, start=2)})
    copies = {process.name: process.copies(settings) for process in APP.processes}
    expected = {f"flights-{kind}": n for n, kind in enumerate(kinds, start=2)}
    assert copies == expected


def test_the_summary_says_where_the_api_is_and_how_to_try_it() -> None:
    said = summary(effective({"fleet.port_offset": 300}))
    assert "http://127.0.0.1:8400/" in said
    assert "http://127.0.0.1:8600/ (open it in a browser)" in said
    assert "duffel_test_demo" in said
    assert "--port-offset 300" in said


def test_without_the_demo_the_summary_names_the_token_of_this_machine() -> None:
    said = summary(effective({"flights.demo": False, "fleet.data": Path("/srv/holdfast")}))
    assert "/srv/holdfast/flights.token" in said
    assert "duffel_test_demo" not in said
