"""Where the API and the processes behind it are, as this machine sees them."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.flights.wiring.settings import (
    BOOKING_PORT,
    FlightsSettings,
    api_url,
    api_urls,
    in_data,
    internal_urls,
    pages_token_file,
    process_name,
    reachable,
    travel_url,
)
from holdfast.platform.runtime.settings import FleetSettings
from tests.flights.wiring.settings import effective


@pytest.mark.parametrize(
    ("flights", "fleet", "expected"),
    [
        (FlightsSettings(), FleetSettings(), "http://127.0.0.1:8100"),
        (FlightsSettings(), FleetSettings(host="0.0.0.0", port_offset=5), "http://127.0.0.1:8105"),
        (FlightsSettings(), FleetSettings(host="::1"), "http://[::1]:8100"),
        (FlightsSettings(api_url="http://api:9/"), FleetSettings(), "http://api:9"),
    ],
)
def test_the_api_is_behind_the_balancer_unless_told_otherwise(
    flights: FlightsSettings, fleet: FleetSettings, expected: str
) -> None:
    assert api_url(flights, fleet) == expected


def test_the_api_may_be_in_several_places_the_nearest_first() -> None:
    flights = FlightsSettings(api_url="http://near:1/,http://far:2")
    assert api_urls(flights, FleetSettings()) == ("http://near:1", "http://far:2")
    assert api_url(flights, FleetSettings()) == "http://near:1"


def test_the_processes_behind_the_front_door_are_reached_with_the_offset() -> None:
    fleet = FleetSettings(port_offset=5)
    assert internal_urls(FlightsSettings(), fleet, BOOKING_PORT) == ("http://127.0.0.1:8106",)
    elsewhere = FlightsSettings(internal_url="http://near/, http://far")
    both = ("http://near:8106", "http://far:8106")
    assert internal_urls(elsewhere, fleet, BOOKING_PORT) == both


def test_an_address_to_listen_on_becomes_one_to_connect_to() -> None:
    assert reachable("::") == reachable("") == "127.0.0.1"
    assert reachable("192.0.2.7") == "192.0.2.7"


def test_a_process_has_the_name_it_was_given_or_its_kind_and_host() -> None:
    assert process_name(FleetSettings(process_name="flights-search-2"), "x") == "flights-search-2"
    assert process_name(FleetSettings(), "flights-search").startswith("flights-search-")


def test_a_file_is_in_the_data_folder_unless_named() -> None:
    fleet = FleetSettings(data=Path("/srv/holdfast"))
    assert in_data("", fleet, "flights.key") == Path("/srv/holdfast/flights.key")
    assert in_data("/keys/f", fleet, "flights.key") == Path("/keys/f")


@pytest.mark.parametrize("lock_s", [60.0, 899.0, 100_000.0])
def test_an_offers_price_holds_for_a_quarter_of_an_hour_at_least(lock_s: float) -> None:
    with pytest.raises(Mistake, match="lock_s"):
        effective({"flights.lock_s": lock_s}).section(FlightsSettings)


def test_a_viewers_lease_is_no_shorter_than_an_offers_price_holds() -> None:
    with pytest.raises(Mistake, match="lease_s"):
        effective({"flights.lock_s": 3_600.0, "flights.lease_s": 1_800.0})


@pytest.mark.parametrize(("lock_s", "dwell_s"), [(1_800.0, 1_800.0), (3_600.0, 3_600.0)])
def test_a_price_rests_longer_than_an_offers_price_holds(lock_s: float, dwell_s: float) -> None:
    """Else a seat's price might rise twice while an offer lives, and one rise is remembered."""
    values = {"flights.lock_s": lock_s, "flights.dwell_s": dwell_s}
    with pytest.raises(Mistake, match="dwell_s must be longer"):
        effective(values)
    longer = effective({**values, "flights.dwell_s": dwell_s + 1}).section(FlightsSettings)
    assert longer.dwell_s == dwell_s + 1


def test_the_pages_have_an_address_and_a_token_of_their_own() -> None:
    fleet = FleetSettings(port_offset=5, data=Path("/srv/holdfast"))
    assert travel_url(fleet) == "http://127.0.0.1:8305/"
    assert pages_token_file(FlightsSettings(), fleet) == Path("/srv/holdfast/flights-pages.token")
