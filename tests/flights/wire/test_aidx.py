"""AIDX messages, right, strange and hostile."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.delivery import BadRecord
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.status import LegFacts, LegState, StatusUpdate
from holdfast.flights.wire import aidx
from holdfast.flights.wire.aidx import read_aidx, write_aidx
from holdfast.flights.wire.status_fields import MAX_BAD, StatusFile

SENT = datetime(2026, 12, 1, 6, tzinfo=UTC)
KEY = LegKey("BA", 117, "", date(2026, 12, 1), "LHR", "JFK")
IDENTITY = (
    '<LegIdentifier><Airline CodeContext="3">BA</Airline><FlightNumber>117</FlightNumber>'
    "<DepartureAirport>LHR</DepartureAirport><ArrivalAirport>JFK</ArrivalAirport>"
    "<OriginDate>2026-12-01</OriginDate></LegIdentifier>"
)


def leg(data: str, identity: str = IDENTITY) -> str:
    return f"<FlightLeg>\n{identity}\n<LegData>{data}</LegData>\n</FlightLeg>\n"


def message(*legs: str, head: str = 'Version="22.1" TimeStamp="2026-12-01T05:00:00Z"') -> bytes:
    root = "IATA_AIDX_FlightLegNotifRQ"
    inner = "".join(legs)
    return f'<{root} xmlns="{aidx.NAMESPACE}" {head}>\n{inner}</{root}>'.encode()


def read(data: bytes) -> StatusFile:
    return read_aidx([data[:7], data[7:]], "BA", SENT)


def facts(data: str) -> LegFacts:
    found = read(message(leg(data)))
    assert (found.bad, found.fault) == ((), None)
    return found.updates[0].facts


def moment(qualifier: str, kind: str, at: str) -> str:
    return (
        f'<OperationTime OperationQualifier="{qualifier}" CodeContext="9750" TimeType="{kind}">'
        f"2026-12-01T{at}:00Z</OperationTime>"
    )


def test_a_message_tells_of_its_legs_at_its_time() -> None:
    found = read(message(leg("<OperationalStatus>DX</OperationalStatus>"), leg(GATE)))
    told_at = datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert found.updates == (
        StatusUpdate(KEY, told_at, LegFacts(state=LegState.CANCELLED)),
        StatusUpdate(KEY, told_at, LegFacts(board_gate="C57", board_terminal="5")),
    )


GATE = (
    '<AirportResources Usage="Actual"><Resource DepartureOrArrival="Departure">'
    "<AircraftParkingPosition>B3</AircraftParkingPosition><PassengerGate>C57</PassengerGate>"
    "<AircraftTerminal>5A</AircraftTerminal><PublicTerminal>5</PublicTerminal></Resource>"
    "</AirportResources>"
)


def test_an_actual_place_counts_before_a_planned_one_and_the_other_end_is_another() -> None:
    planned = GATE.replace("Actual", "Planned").replace("C57", "C1")
    arrival = GATE.replace('"Departure"', '"Arrival"').replace("C57", "8")
    nowhere = GATE.replace('DepartureOrArrival="Departure"', "").replace("C57", "Z9")
    assert facts(planned + GATE + planned + arrival + nowhere) == LegFacts(
        board_gate="C57", board_terminal="5", off_gate="8", off_terminal="5"
    )


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (moment("OFB", "EST", "08:40"), {"departure_estimated": "08:40"}),
        (
            moment("TKO", "ACT", "08:55") + moment("OFB", "ACT", "08:41"),
            {"departure_actual": "08:41"},
        ),
        (moment("TKO", "ACT", "08:55"), {"departure_actual": "08:55"}),
        (
            moment("ONB", "CAL", "16:00") + moment("ONB", "EST", "16:05"),
            {"arrival_estimated": "16:05"},
        ),
        (
            moment("TDN", "ACT", "15:58") + moment("ONB", "ACT", "16:06"),
            {"arrival_estimated": "15:58", "arrival_actual": "16:06"},
        ),
    ],
)
def test_times_become_facts(times: str, expected: dict[str, str]) -> None:
    scheduled = moment("OFB", "SCT", "08:25") + moment("BST", "EST", "08:00")
    found = {
        name: value.strftime("%H:%M")
        for name, value in facts(scheduled + times).told().items()
        if isinstance(value, datetime)
    }
    assert found == expected


def test_aircraft_diversion_and_reason_are_told() -> None:
    data = (
        "<AircraftInfo><AircraftType>777</AircraftType><AircraftSubType>77W</AircraftSubType>"
        "<Registration>GSTBA</Registration><TailNumber>STBA</TailNumber></AircraftInfo>"
        "<OperationalStatus>DV</OperationalStatus><DiversionAirport>BOS</DiversionAirport>"
        "<IrregularityDelay><DelayCode>93</DelayCode></IrregularityDelay>"
    )
    assert facts(data) == LegFacts(
        state=LegState.DIVERTED,
        aircraft="77W",
        registration="GSTBA",
        diverted_to="BOS",
        reason="93",
    )


@pytest.mark.parametrize("version", ["16.1", "17.2", "21.3", "22.1", "22", ""])
def test_all_versions_in_between_are_read(version: str) -> None:
    assert read(message(leg(GATE), head=f'Version="{version}"')).updates


@pytest.mark.parametrize("version", ["16.0.0", "15.9", "22.2", "23.1", "x", "222.1"])
def test_other_versions_are_refused(version: str) -> None:
    fault = read(message(leg(GATE), head=f'Version="{version}"')).fault
    expected = None if version == "16.0.0" else f"version {version} is not from 16.1 to 22.1"
    assert (fault and fault.reason) == expected


def test_a_prefixed_namespace_and_an_envelope_around_are_tolerated() -> None:
    plain = message(leg(GATE)).decode()
    for name in ("IATA_AIDX_FlightLegNotifRQ", "FlightLeg", "LegData"):
        plain = plain.replace(f"<{name}", f"<a:{name}").replace(f"</{name}>", f"</a:{name}>")
    wrapped = f"<s:Envelope><s:Body>{plain}</s:Body></s:Envelope>"
    assert read(wrapped.encode()).updates == read(message(leg(GATE))).updates


def test_other_encodings_are_read() -> None:
    text = message(leg("<DelayReason>Verspätung</DelayReason>")).decode()
    latin = f'<?xml version="1.0" encoding="ISO-8859-1"?>{text}'.encode("latin-1")
    assert read(latin).updates[0].facts.reason == "Verspätung"
    assert read(text.encode("utf-16")).updates[0].facts.reason == "Verspätung"


def test_extensions_are_skipped() -> None:
    extension = "<TPA_Extension><x><OperationalStatus>DX</OperationalStatus></x></TPA_Extension>"
    assert facts(extension + GATE + extension).state is None


def test_an_unknown_status_or_field_tells_nothing() -> None:
    data = GATE + "<OperationalStatus>ZZ</OperationalStatus><CabinClass><X>1</X></CabinClass>"
    assert facts(data).state is None
    identity = IDENTITY.replace("<OriginDate>", "<RepeatNumber>1</RepeatNumber><OriginDate>")
    assert read(message(leg(GATE, identity))).updates


def test_a_bad_leg_is_set_aside_with_its_line_and_the_others_load() -> None:
    foreign = leg(GATE, IDENTITY.replace(">BA<", ">AA<"))
    found = read(message(leg(GATE), foreign, leg(GATE)))
    assert len(found.updates) == 2
    bad = found.bad[0]
    assert (bad.line, bad.reason) == (6, "carrier AA is not BA, whose feed this is")
    assert bad.content.startswith("carrier=AA number=117")


def test_a_message_of_bad_legs_only_is_given_up() -> None:
    found = read(message("<FlightLeg/>\n" * (MAX_BAD + 5)))
    assert found.fault == BadRecord(MAX_BAD + 1, f"{MAX_BAD} bad records: this is no status feed")


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 1, "this is not XML: no element found"),
        (b"garbage", 1, "this is not XML: syntax error"),
        (message(leg(GATE))[:-20], 6, "this is not XML: unclosed token"),
        (b"\0" * 1000, 1, "this is not XML"),
        (b"<flights/>", 1, "there is no IATA_AIDX_FlightLeg message in it"),
        (b"<a>" * 33, 1, "it nests deeper than 32 elements"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 1, "a document type or entity is declared"),
        (b'\n<!DOCTYPE a SYSTEM "http://127.0.0.1/x">\n<a/>', 2, "a document type or entity"),
        (
            b'<?xml version="1.0" encoding="utf-7"?><a/>',
            1,
            "its encoding is not one that can be read",
        ),
        (
            b'<?xml version="1.0" encoding="x-no-such"?><a/>',
            1,
            "its encoding is not one that can be read",
        ),
        (message(leg("<DelayReason>" + "x" * 5000 + "</DelayReason>")), 4, "an element holds more"),
    ],
)
def test_what_is_no_message_is_refused_whole_with_its_line(
    data: bytes, line: int, reason: str
) -> None:
    fault = read(data).fault
    assert fault
    assert (fault.line, fault.reason[: len(reason)]) == (line, reason)


def test_a_token_without_end_is_given_up_early() -> None:
    def endless() -> Iterator[bytes]:
        yield b"<x>"
        yield b"<!--"
        for _ in range(100):
            yield b"x" * 10_000
        raise AssertionError("nobody reads that far")

    fault = read_aidx(endless(), "BA", SENT).fault
    assert fault
    assert fault.reason == "a tag or comment is longer than 262144 bytes"


def test_the_number_of_elements_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aidx, "MAX_ELEMENTS", 20)
    fault = read(message(leg("<a/>" * 20))).fault
    assert fault
    assert fault.reason == "it has more than 20 elements"


TEXT = st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=4)
MOMENT = st.integers(-600, 3000).map(lambda minutes: SENT + timedelta(minutes=minutes))
UPDATES = st.builds(
    StatusUpdate,
    leg=st.builds(
        LegKey,
        carrier=st.just("BA"),
        number=st.integers(1, 9999),
        suffix=st.sampled_from(["", "A"]),
        flight_date=st.dates(date(2026, 11, 30), date(2026, 12, 2)),
        board=st.sampled_from(["LHR", "LGW"]),
        off=st.sampled_from(["JFK", "MIA"]),
    ),
    told_at=st.just(SENT),
    facts=st.builds(
        LegFacts,
        state=st.none() | st.sampled_from([*aidx._CODES, LegState.SCHEDULED]),
        departure_estimated=st.none() | MOMENT,
        departure_actual=st.none() | MOMENT,
        arrival_estimated=st.none() | MOMENT,
        arrival_actual=st.none() | MOMENT,
        board_terminal=st.none() | TEXT,
        board_gate=st.none() | TEXT,
        off_terminal=st.none() | TEXT,
        off_gate=TEXT,
        aircraft=st.none() | TEXT,
        registration=st.none() | TEXT,
        diverted_to=st.none() | st.just("BOS"),
        reason=st.none() | st.sampled_from(["fog & <snow>", 'a "late" aircraft']),
    ),
)


@given(st.lists(UPDATES, max_size=5))
def test_what_is_written_is_read_again(updates: list[StatusUpdate]) -> None:
    assert read(write_aidx(updates, SENT, sequence=4)) == StatusFile(tuple(updates), ())


@given(st.binary(max_size=300))
def test_no_bytes_are_an_error_of_the_reader(data: bytes) -> None:
    read(data)
    read(message(leg(GATE))[: len(data)] + data)
