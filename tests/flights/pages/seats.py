"""Seat maps for tests: `("A.C|DF", ...)` is a row of seats, `.` one that is taken, in two sections.

A row that begins with `=` is of doors, with `#` of lavatories. Rows of seats are counted from 1 (or
`first`). A lower-case letter is a seat with disclosures, a digit after the row's text its price.
"""

from collections.abc import Sequence

from holdfast.flights.wire.duffel_seat_maps import (
    ElementShape,
    RowShape,
    SeatCabinShape,
    SeatMapShape,
    SeatServiceShape,
    SectionShape,
    WingsShape,
)

ANNA, BERT = "pas_anna", "pas_bert"
TOLD = ("Whoever sits here helps.",)
NAMES = {0: "Standard", 15: "Front", 30: "Extra legroom"}


def cabin(
    *rows: str, first: int = 1, party: Sequence[str] = (ANNA, BERT), kind: str = "economy"
) -> SeatCabinShape:
    """A cabin of these rows."""
    number = first
    shapes = []
    for text in rows:
        seats, _, price = text.partition(" ")
        shapes.append(_row(seats, number, int(price or 0), party))
        number += seats[0] not in "=#"
    return SeatCabinShape(kind, 0, rows[0].count("|"), WingsShape(0, 0), shapes)  # type: ignore[arg-type]


def seat_map(*cabins: SeatCabinShape, segment: str = "seg_1") -> SeatMapShape:
    """The map of a segment."""
    return SeatMapShape(f"sea_{segment}", "sli_1", segment, list(cabins))


def _row(text: str, number: int, price: int, party: Sequence[str]) -> RowShape:
    if text[0] in "=#":
        kind = "exit_row" if text[0] == "=" else "lavatory"
        section = SectionShape([ElementShape(kind)])  # type: ignore[arg-type]
        return RowShape([section for _ in text.split("|")])
    letters = iter("ABCDEFGHJK")
    return RowShape(
        [
            SectionShape([_seat(sign, f"{number}{next(letters)}", price, party) for sign in part])
            for part in text.split("|")
        ]
    )


def _seat(sign: str, designator: str, price: int, party: Sequence[str]) -> ElementShape:
    if sign == "_":
        return ElementShape("empty")
    services = [
        SeatServiceShape(f"ase_{designator}_{who}", who, f"{price}.00", "EUR") for who in party
    ]
    return ElementShape(
        "restricted_seat_general" if sign == "x" else "seat",
        designator=designator,
        name=NAMES.get(price, "Seat"),
        disclosures=TOLD if sign.islower() else (),
        available_services=[] if sign in ".x" else services,
    )
