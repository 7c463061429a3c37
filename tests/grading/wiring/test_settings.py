"""Where the results are, as nodes and commands of this machine see it."""

import pytest

from holdfast.grading.wiring.settings import (
    GradingSettings,
    process_name,
    reachable,
    results_url,
    results_urls,
)
from holdfast.platform.runtime.settings import FleetSettings


@pytest.mark.parametrize(
    ("grading", "fleet", "expected"),
    [
        (GradingSettings(), FleetSettings(), "http://127.0.0.1:8000"),
        (GradingSettings(), FleetSettings(host="0.0.0.0", port_offset=5), "http://127.0.0.1:8005"),
        (GradingSettings(), FleetSettings(host="192.0.2.7"), "http://192.0.2.7:8000"),
        (GradingSettings(), FleetSettings(host="::1"), "http://[::1]:8000"),
        (GradingSettings(results_url="http://api:9/"), FleetSettings(), "http://api:9"),
    ],
)
def test_the_results_are_behind_the_balancer_unless_told_otherwise(
    grading: GradingSettings, fleet: FleetSettings, expected: str
) -> None:
    assert results_url(grading, fleet) == expected


def test_results_may_be_in_several_places_the_nearest_first() -> None:
    grading = GradingSettings(results_url="http://near:8000, http://far:8000/")
    assert results_urls(grading, FleetSettings()) == ("http://near:8000", "http://far:8000")
    assert results_url(grading, FleetSettings()) == "http://near:8000"
    assert results_urls(GradingSettings(), FleetSettings()) == ("http://127.0.0.1:8000",)


def test_an_address_to_listen_on_becomes_one_to_connect_to() -> None:
    assert reachable("::") == reachable("") == "127.0.0.1"
    assert reachable("192.0.2.7") == "192.0.2.7"


def test_a_process_has_the_name_it_was_given_or_its_kind_and_host() -> None:
    assert process_name(FleetSettings(process_name="node-3"), "node") == "node-3"
    assert process_name(FleetSettings(), "node").startswith("node-")
