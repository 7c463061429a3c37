"""The law of AIDX: IATA's XML messages of the day of operation, versions 16.1 to 22.1, as updates.

Document types and entities are refused before they are read, and depth, number and length of
elements are bounded, so no document is larger inside than outside. Names count without their
namespace; what is not understood (extensions, resources) is skipped. A leg that cannot be read is
set aside with the line on which it begins; a document that is not XML to its end is no document.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Final
from xml.parsers import expat

from holdfast.flights.domain.delivery import BadRecord
from holdfast.flights.domain.status import LegState, StatusUpdate
from holdfast.flights.wire.status_fields import BadField, StatusFile, StatusReader, TooManyBad

NAMESPACE: Final = "http://www.iata.org/IATA/2007/00"
VERSIONS: Final = ((16, 1), (22, 1))
"""The oldest and the newest that are read."""
MAX_DEPTH = 32
"""AIDX nests ten deep."""
MAX_ELEMENTS = 1_500_000
"""A day of the largest airline has some 6,000 legs of a hundred elements."""
MAX_TOKEN_BYTES = 256 << 10
"""Of one tag or comment: it is looked at again with each piece that comes."""
PIECE_BYTES = 64 << 10
"""Handed to expat at once."""
MAX_TEXT_CHARS = 4_000
"""Of one element that is read."""
_MESSAGE = "IATA_AIDX_FlightLeg"
_LEG = "FlightLeg"
_SKIPPED = frozenset({"TPA_Extension"})

_IDENTITY = {
    "Airline": "carrier",
    "FlightNumber": "number",
    "OperationalSuffix": "suffix",
    "DepartureAirport": "board",
    "ArrivalAirport": "off",
    "OriginDate": "date",
}
_TIMES = {
    ("OFB", "EST"): ("departure_estimated", 0),
    ("OFB", "CAL"): ("departure_estimated", 1),
    ("OFB", "ACT"): ("departure_actual", 0),
    ("TKO", "ACT"): ("departure_actual", 1),
    ("ONB", "EST"): ("arrival_estimated", 0),
    ("ONB", "CAL"): ("arrival_estimated", 1),
    ("TDN", "ACT"): ("arrival_estimated", 2),
    ("TDN", "EST"): ("arrival_estimated", 3),
    ("ONB", "ACT"): ("arrival_actual", 0),
}
"""Qualifier (PADIS 9750) and type of a time -> the fact it tells, and how well (0 is best)."""
_STATES = {
    **dict.fromkeys(("DX", "CX", "CNL", "CNX"), LegState.CANCELLED),
    **dict.fromkeys(("DV", "DIV"), LegState.DIVERTED),
    **dict.fromkeys(("RT", "RTR"), LegState.RETURNED),
    **dict.fromkeys(("SC", "SCH"), LegState.SCHEDULED),
}
_CODES = {LegState.CANCELLED: "DX", LegState.DIVERTED: "DV", LegState.RETURNED: "RT"}
_RESOURCES = {"PassengerGate": ("gate", 0), "PublicTerminal": ("terminal", 0)}
_RESOURCES["AircraftTerminal"] = ("terminal", 1)
_PLAIN = {
    "AircraftSubType": ("aircraft", 0),
    "AircraftType": ("aircraft", 1),
    "Registration": ("registration", 0),
    "TailNumber": ("registration", 1),
    "DiversionAirport": ("diverted_to", 0),
    "DelayCode": ("reason", 1),
    "DelayReason": ("reason", 0),
}


class _Refused(Exception):
    """The document as a whole is not taken."""


@dataclass(slots=True)
class _Leg:
    """What was read of one leg: text by field, with the rank of where it was found."""

    line: int
    depth: int
    told: dict[str, str] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    side: str = ""
    is_planned: bool = False

    def tell(self, name: str, text: str, rank: int) -> None:
        if name not in self.told or rank < self.ranks[name]:
            self.told[name], self.ranks[name] = text, rank


def read_aidx(chunks: Iterable[bytes], airline: str, produced_at: datetime) -> StatusFile:
    """The updates of a message of `airline`, however it is cut. A message without a time of its own
    counts as told at `produced_at`, the moment its file was made."""
    reader = StatusReader(airline, produced_at)
    return _Document(reader).read(chunks)


class _Document:
    """The handlers of one document."""

    def __init__(self, reader: StatusReader) -> None:
        self._reader = reader
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype
        self._stack: list[tuple[str, dict[str, str]]] = []
        self._text = ""
        self._elements = 0
        self._skip_from = 0
        self._leg: _Leg | None = None
        self._told_at = ""
        self._is_message = False

    def read(self, chunks: Iterable[bytes]) -> StatusFile:
        try:
            self._parse(chunks)
        except expat.ExpatError as error:
            reason = f"this is not XML: {expat.ErrorString(error.code)}"
            return self._reader.file(BadRecord(error.lineno, reason))
        except _Refused as refused:
            return self._reader.file(BadRecord(self._parser.CurrentLineNumber, str(refused)))
        except (LookupError, ValueError):  # of Python's codecs, where expat knows no such encoding
            return self._reader.file(BadRecord(1, "its encoding is not one that can be read"))
        except TooManyBad as error:
            return self._reader.file(error.fault)
        if not self._is_message:
            return self._reader.file(BadRecord(1, f"there is no {_MESSAGE} message in it"))
        return self._reader.file()

    def _parse(self, chunks: Iterable[bytes]) -> None:
        fed = 0
        for chunk in chunks:
            for start in range(0, len(chunk), PIECE_BYTES):
                piece = chunk[start : start + PIECE_BYTES]
                self._parser.Parse(piece, False)
                fed += len(piece)
                if fed - max(0, self._parser.CurrentByteIndex) > MAX_TOKEN_BYTES:
                    raise _Refused(f"a tag or comment is longer than {MAX_TOKEN_BYTES} bytes")
        self._parser.Parse(b"", True)

    def _doctype(self, *_: object) -> None:
        raise _Refused("a document type or entity is declared, which no feed needs")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise _Refused(f"it has more than {MAX_ELEMENTS} elements")
        if len(self._stack) >= MAX_DEPTH:
            raise _Refused(f"it nests deeper than {MAX_DEPTH} elements")
        local = name.rpartition(":")[2]
        self._stack.append((local, attributes))
        self._text = ""
        if self._skip_from:
            return
        if local in _SKIPPED:
            self._skip_from = len(self._stack)
        elif local.startswith(_MESSAGE):
            self._open_message(attributes)
        elif local == _LEG and self._is_message and self._leg is None:
            self._leg = _Leg(self._parser.CurrentLineNumber, len(self._stack))
        elif self._leg is not None:
            _open(self._leg, local, attributes)

    def _characters(self, text: str) -> None:
        if self._leg is None or self._skip_from:
            return
        self._text += text
        if len(self._text) > MAX_TEXT_CHARS:
            raise _Refused(f"an element holds more than {MAX_TEXT_CHARS} characters")

    def _end(self, _: str) -> None:
        depth = len(self._stack)
        local, attributes = self._stack.pop()
        if self._skip_from:
            self._skip_from = 0 if depth == self._skip_from else self._skip_from
            return
        leg = self._leg
        if leg is None:
            return
        if depth == leg.depth:
            self._close_leg(leg)
        elif text := self._text.strip():
            parent = self._stack[-1][0]
            _take(leg, parent, local, attributes, text)
        self._text = ""

    def _open_message(self, attributes: dict[str, str]) -> None:
        self._is_message = True
        self._told_at = attributes.get("TimeStamp", "")
        version = attributes.get("Version", "")
        if version and not _is_read(version):
            oldest, newest = ("{}.{}".format(*known) for known in VERSIONS)
            raise _Refused(f"version {version[:12]} is not from {oldest} to {newest}")

    def _close_leg(self, leg: _Leg) -> None:
        self._leg = None
        try:
            self._reader.record(leg.told, self._told_at)
        except BadField as bad:
            content = " ".join(f"{name}={text}" for name, text in leg.told.items())
            self._reader.set_aside(leg.line, str(bad), content)


def _is_read(version: str) -> bool:
    major, _, minor = version.strip().partition(".")
    if not (major.isascii() and major.isdigit() and len(major) <= 2):
        return False
    number = int(minor) if minor.isascii() and minor.isdigit() and len(minor) <= 2 else 0
    return VERSIONS[0] <= (int(major), max(number, 1)) <= VERSIONS[1]


def _open(leg: _Leg, local: str, attributes: dict[str, str]) -> None:
    if local == "AirportResources":
        leg.is_planned = attributes.get("Usage", "") == "Planned"
    elif local == "Resource":
        side = attributes.get("DepartureOrArrival", "")
        leg.side = {"Departure": "board", "Arrival": "off"}.get(side, "")


def _take(leg: _Leg, parent: str, local: str, attributes: dict[str, str], text: str) -> None:
    """What one element of a leg tells."""
    if parent == "LegIdentifier":
        if local in _IDENTITY:
            leg.tell(_IDENTITY[local], text, 0)
    elif local == "OperationTime":
        key = (attributes.get("OperationQualifier", ""), attributes.get("TimeType", ""))
        if key in _TIMES:
            name, rank = _TIMES[key]
            leg.tell(name, text, rank)
    elif local == "OperationalStatus":
        if text in _STATES:
            leg.tell("state", _STATES[text], 0)
    elif parent == "Resource":
        if leg.side and local in _RESOURCES:
            name, rank = _RESOURCES[local]
            leg.tell(f"{leg.side}_{name}", text, rank + 2 * leg.is_planned)
    elif local in _PLAIN:
        name, rank = _PLAIN[local]
        leg.tell(name, text, rank)


def write_aidx(
    updates: Sequence[StatusUpdate], sent_at: datetime, *, sequence: int, version: str = "22.1"
) -> bytes:
    """A message that tells `updates` at `sent_at` (aware; their own times are not written).

    An AIDX message cannot take a fact back, so empty texts are left out.
    """
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<IATA_AIDX_FlightLegNotifRQ xmlns="{NAMESPACE}"'
        f' Version="{escape(version)}" TimeStamp="{sent_at.isoformat()}"'
        f' SequenceNmbr="{sequence}">\n  <Originator CompanyShortName="Holdfast"/>\n'
    )
    legs = "".join(map(_leg_xml, updates))
    return f"{head}{legs}</IATA_AIDX_FlightLegNotifRQ>\n".encode()


def _leg_xml(update: StatusUpdate) -> str:
    leg, facts = update.leg, update.facts
    suffix = f"<OperationalSuffix>{leg.suffix}</OperationalSuffix>" if leg.suffix else ""
    state = facts.state and _CODES.get(facts.state, "SC")
    parts = [
        _element("OperationalStatus", state),
        _resource("Departure", facts.board_gate, facts.board_terminal),
        _resource("Arrival", facts.off_gate, facts.off_terminal),
        _time("OFB", "EST", facts.departure_estimated),
        _time("OFB", "ACT", facts.departure_actual),
        _time("ONB", "EST", facts.arrival_estimated),
        _time("ONB", "ACT", facts.arrival_actual),
        _wrapped(
            "AircraftInfo",
            _element("AircraftType", facts.aircraft),
            _element("Registration", facts.registration),
        ),
        _element("DiversionAirport", facts.diverted_to),
        _element("DelayReason", facts.reason),
    ]
    return (
        "  <FlightLeg>\n    <LegIdentifier>"
        f'<Airline CodeContext="3">{leg.carrier}</Airline><FlightNumber>{leg.number}</FlightNumber>'
        f'{suffix}<DepartureAirport CodeContext="3">{leg.board}</DepartureAirport>'
        f'<ArrivalAirport CodeContext="3">{leg.off}</ArrivalAirport>'
        f"<OriginDate>{leg.flight_date.isoformat()}</OriginDate></LegIdentifier>\n"
        f"    <LegData>{''.join(parts)}</LegData>\n  </FlightLeg>\n"
    )


def _element(name: str, text: str | None) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _wrapped(name: str, *inner: str) -> str:
    return f"<{name}>{''.join(inner)}</{name}>" if any(inner) else ""


def _resource(side: str, gate: str | None, terminal: str | None) -> str:
    inner = _element("PassengerGate", gate) + _element("PublicTerminal", terminal)
    if not inner:
        return ""
    resource = f'<Resource DepartureOrArrival="{side}">{inner}</Resource>'
    return f'<AirportResources Usage="Actual">{resource}</AirportResources>'


def _time(qualifier: str, kind: str, moment: datetime | None) -> str:
    if moment is None:
        return ""
    return (
        f'<OperationTime OperationQualifier="{qualifier}" CodeContext="9750" TimeType="{kind}">'
        f"{moment.isoformat()}</OperationTime>"
    )
