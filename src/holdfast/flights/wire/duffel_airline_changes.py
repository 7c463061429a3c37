"""The law of changes by an airline in the API: the touched slices as bought, and as flown now.

PURE. New times are local at the same airports: they move by as much as the moments did. A slice of
which a leg is not flown any more is removed and nothing is added for it.
"""

from collections.abc import Mapping
from dataclasses import replace

from msgspec import Struct

from holdfast.flights.domain.disruption import AirlineChange, LegChange
from holdfast.flights.domain.flight import DatedLeg, LegKey
from holdfast.flights.domain.offer import SoldSegment, SoldSlice
from holdfast.flights.domain.order import Order
from holdfast.flights.wire.duffel_places import Names
from holdfast.flights.wire.duffel_texts import moment, moment_or_none
from holdfast.flights.wire.duffel_trips import SliceShape, slice_shape


class AirlineChangeShape(Struct, frozen=True):
    """What an airline changed after it had sold."""

    id: str
    order_id: str
    created_at: str
    updated_at: str
    action_taken: str | None
    action_taken_at: str | None
    available_actions: list[str]
    removed: list[SliceShape]
    added: list[SliceShape]
    travel_agent_ticket: None = None


def airline_change_shape(names: Names, change: AirlineChange, order: Order) -> AirlineChangeShape:
    """A change of an order's flights."""
    changed = {one.leg: one for one in change.legs}
    touched = [one for one in order.offer.slices if _legs(one) & changed.keys()]
    flown = [moved for one in touched if (moved := _moved(one, changed)) is not None]
    return AirlineChangeShape(
        id=change.id,
        order_id=change.order_id,
        created_at=moment(change.detected_at),
        updated_at=moment(change.accepted_at or change.detected_at),
        action_taken="accepted" if change.accepted_at else None,
        action_taken_at=moment_or_none(change.accepted_at),
        available_actions=[] if change.accepted_at else ["accept", "cancel"],
        removed=[slice_shape(names, one, order.offer, order.seats) for one in touched],
        added=[slice_shape(names, one, order.offer, order.seats) for one in flown],
    )


def _legs(sold: SoldSlice) -> set[LegKey]:
    return {leg.key for one in sold.segments for leg in one.segment.legs}


def _moved(sold: SoldSlice, changed: Mapping[LegKey, LegChange]) -> SoldSlice | None:
    segments = []
    for one in sold.segments:
        legs = [_flown(leg, changed.get(leg.key)) for leg in one.segment.legs]
        kept = tuple(leg for leg in legs if leg is not None)
        if len(kept) < len(legs):
            return None
        segments.append(_with(one, kept))
    return replace(sold, segments=tuple(segments))


def _with(sold: SoldSegment, legs: tuple[DatedLeg, ...]) -> SoldSegment:
    return replace(sold, segment=replace(sold.segment, legs=legs))


def _flown(leg: DatedLeg, change: LegChange | None) -> DatedLeg | None:
    """The leg as it is flown now; None if it is not."""
    if change is None:
        return leg
    if change.now is None:
        return None
    later = change.now.departs_at - change.was.departs_at
    ends_later = change.now.arrives_at - change.was.arrives_at
    return replace(
        leg,
        departing_at=leg.departing_at + later,
        arriving_at=leg.arriving_at + ends_later,
        departing_utc_min=leg.departing_utc_min + int(later.total_seconds()) // 60,
        arriving_utc_min=leg.arriving_utc_min + int(ends_later.total_seconds()) // 60,
        aircraft=change.now.aircraft,
    )
