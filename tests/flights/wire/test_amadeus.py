"""The status of a flight in the shape of Amadeus."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from holdfast.flights.domain.flight_status import FlightStatus, compose
from holdfast.flights.domain.status import LegFacts, LegStatus
from holdfast.flights.wire.amadeus import encode_dated_flights
from tests.flights.domain.test_flight_status import AA6143, BA117, DAY, DEPARTS, KEY, ON, OUT

URL = "http://127.0.0.1/v2/schedule/flights?carrierCode=BA"
LATE = LegFacts(
    departure_estimated=DEPARTS + timedelta(minutes=65),
    departure_actual=DEPARTS + timedelta(minutes=70),
    arrival_estimated=DEPARTS + timedelta(minutes=470),
    board_gate="C57",
)


def told(*flights: FlightStatus) -> Any:
    return msgspec.json.decode(encode_dated_flights(flights, URL))


def test_a_flight_of_one_leg() -> None:
    found = told(compose([OUT], DAY, {KEY: LegStatus(LATE)}))
    assert found["meta"] == {"count": 1, "links": {"self": URL}}
    assert found["data"] == [
        {
            "type": "DatedFlight",
            "scheduledDepartureDate": "2026-12-01",
            "flightDesignator": {"carrierCode": "BA", "flightNumber": 117},
            "flightPoints": [
                {
                    "iataCode": "LHR",
                    "departure": {
                        "timings": [
                            {"qualifier": "STD", "value": "2026-12-01T08:25+00:00"},
                            {
                                "qualifier": "ETD",
                                "value": "2026-12-01T09:30+00:00",
                                "delays": [{"duration": "PT1H5M"}],
                            },
                            {
                                "qualifier": "ATD",
                                "value": "2026-12-01T09:35+00:00",
                                "delays": [{"duration": "PT1H10M"}],
                            },
                        ],
                        "terminal": {"code": "5"},
                        "gate": {"mainGate": "C57"},
                    },
                },
                {
                    "iataCode": "JFK",
                    "arrival": {
                        "timings": [
                            {"qualifier": "STA", "value": "2026-12-01T11:20-05:00"},
                            {"qualifier": "ETA", "value": "2026-12-01T11:15-05:00"},
                        ],
                        "terminal": {"code": "8"},
                    },
                },
            ],
            "segments": [
                {
                    "boardPointIataCode": "LHR",
                    "offPointIataCode": "JFK",
                    "scheduledSegmentDuration": "PT7H55M",
                }
            ],
            "legs": [
                {
                    "boardPointIataCode": "LHR",
                    "offPointIataCode": "JFK",
                    "aircraftEquipment": {"aircraftType": "777"},
                    "scheduledLegDuration": "PT7H55M",
                }
            ],
        }
    ]


def test_a_flight_of_two_legs_has_three_points_and_three_segments() -> None:
    flight = told(compose([OUT, ON], DAY, {}))["data"][0]
    points = flight["flightPoints"]
    assert [point["iataCode"] for point in points] == ["LHR", "JFK", "MIA"]
    assert ["arrival" in point for point in points] == [False, True, True]
    assert ["departure" in point for point in points] == [True, True, False]
    assert [
        (one["boardPointIataCode"], one["offPointIataCode"], one["scheduledSegmentDuration"])
        for one in flight["segments"]
    ] == [("LHR", "JFK", "PT7H55M"), ("LHR", "MIA", "PT12H35M"), ("JFK", "MIA", "PT3H")]
    assert len(flight["legs"]) == 2


def test_a_codeshare_names_who_flies_it() -> None:
    sold = replace(OUT, designator=replace(AA6143, suffix="X"), operating=BA117)
    flight = told(compose([sold], DAY, {}))["data"][0]
    assert flight["flightDesignator"]["operationalSuffix"] == "X"
    operating = {"operatingFlight": {"carrierCode": "BA", "flightNumber": 117}}
    assert flight["segments"][0]["partnership"] == operating


def test_no_flight_is_an_empty_list_and_no_time_is_no_minute() -> None:
    assert told()["data"] == []
    still = replace(OUT, arrival_min=OUT.departure_min, arrival_offset_min=0)
    flight = told(compose([still], DAY, {}))["data"][0]
    assert flight["legs"][0]["scheduledLegDuration"] == "PT0M"
