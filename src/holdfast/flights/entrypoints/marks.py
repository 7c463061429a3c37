"""The law of places in lists: a `Mark` is a moment and an id; as a cursor's key it is one text."""

from datetime import UTC, datetime
from typing import TypeVar

from holdfast.flights.entrypoints.http.faults import invalid_field
from holdfast.flights.entrypoints.http.operation import Call
from holdfast.flights.entrypoints.http.operation import Page as Answered
from holdfast.flights.service.ports.order_lists import Listed, Mark, Page

T = TypeVar("T")
S = TypeVar("S")


def mark_text(mark: Mark) -> str:
    """The key of a place: whole microseconds since 1970, and the id."""
    at = mark.at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    micros = (at.days * 86_400 + at.seconds) * 1_000_000 + at.microseconds
    return f"{micros}|{mark.id}"


def mark_of(text: str, field: str) -> Mark:
    """The place of a key; 422 naming `field` when it is no place of a list of ours."""
    micros, _, id_ = text.partition("|")
    if not (micros.lstrip("-").isdecimal() and micros.isascii() and id_ and len(micros) <= 20):
        raise invalid_field(field, f"Field '{field}' must be a cursor of an earlier page.")
    try:
        at = datetime.fromtimestamp(int(micros) // 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise invalid_field(
            field, f"Field '{field}' must be a cursor of an earlier page."
        ) from None
    return Mark(at.replace(microsecond=int(micros) % 1_000_000), id_)


def page_of(call: Call) -> Page:
    """The page that a request wants."""
    wish = call.page()
    return Page(
        wish.limit,
        after=mark_of(wish.after, "after") if wish.after else None,
        before=mark_of(wish.before, "before") if wish.before else None,
    )


def answered(listed: Listed[T], shapes: list[S]) -> Answered[S]:
    """A page of shapes with the cursors of what was listed."""
    return Answered(
        shapes,
        before=mark_text(listed.before) if listed.before else None,
        after=mark_text(listed.after) if listed.after else None,
    )
