"""SSIM records made by hand, field by field, so that the tests of the reader know no writer."""

TITLE = "1AIRLINE STANDARD SCHEDULE DATA SET"


def place(record: str, at: int, text: str) -> str:
    """The record with a text at a byte, counted from 1 as the manual does."""
    return record[: at - 1] + text + record[at - 1 + len(text) :]


def header(serial: str = "000001") -> str:
    """A type 1 record."""
    return place(place(TITLE.ljust(200), 192, "001"), 195, serial)


def carrier(serial: str = "000002", *, mode: str = "L", airline: str = "BA") -> str:
    """A type 2 record of summer 2026."""
    record = f"2{mode}{airline:<3}".ljust(200)
    record = place(record, 11, "S26")
    record = place(record, 15, "29MAR2624OCT26")
    return place(place(place(record, 29, "01FEB26"), 72, "C"), 195, serial)


def flight(serial: int = 3, **fields: str) -> str:
    """A type 3 record LHR-JFK; `fields` by name replace those of `FIELDS`."""
    record = "3".ljust(200)
    for name, (at, usual) in FIELDS.items():
        record = place(record, at, fields.pop(name, usual))
    assert not fields, fields
    return place(record, 195, f"{serial:06}")


FIELDS = {
    "suffix": (2, " "),
    "airline": (3, "BA "),
    "number": (6, " 117"),
    "variation": (10, "01"),
    "sequence": (12, "01"),
    "service": (14, "J"),
    "first": (15, "29MAR26"),
    "last": (22, "24OCT26"),
    "days": (29, "1234567"),
    "rate": (36, " "),
    "board": (37, "LHR"),
    "departs": (40, "0820"),
    "departs_aircraft": (44, "0820"),
    "departs_offset": (48, "+0100"),
    "board_terminal": (53, "5 "),
    "off": (55, "JFK"),
    "arrives_aircraft": (58, "1110"),
    "arrives": (62, "1110"),
    "arrives_offset": (66, "-0400"),
    "off_terminal": (71, "8 "),
    "aircraft": (73, "77W"),
    "classes": (76, "FAJCDYBHKM"),
    "overflow": (128, " "),
    "configuration": (173, "F008J048Y183"),
    "date_variation": (193, "00"),
}


def segment(serial: int, element: str, data: str, **fields: str) -> str:
    """A type 4 record of the leg that `flight` makes with the same fields."""
    record = flight(serial, **fields)
    record = "4" + record[1:14] + " " * 13 + record[127] + "AB" + element + record[36:39]
    record += flight(serial, **fields)[54:57]
    return place(place(record.ljust(200), 40, data), 195, f"{serial:06}")


def trailer(check: int, *, airline: str = "BA", end: str = "E", serial: str | None = None) -> str:
    """A type 5 record after the record with serial `check`."""
    record = place(f"5 {airline:<3}".ljust(200), 188, f"{check:06}{end}")
    return place(record, 195, f"{check + 1:06}" if serial is None else serial)


ZEROS = "0" * 200


def season(*records: str, mode: str = "L", newline: str = "\r\n") -> bytes:
    """A whole file around records of types 3 and 4."""
    lines = [header(), *[ZEROS] * 4, carrier(mode=mode), *records]
    lines += [ZEROS, trailer(2 + len(records))]
    return newline.join([*lines, ""]).encode("latin-1")
