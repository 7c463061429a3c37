"""The offers of a request, written out: ids, expiry, holds, and amounts that add up.

An offer expires after its lifetime or some time before departure, never sooner than the lock that
is promised (flights-rules, G1); what departs so soon that this is impossible is not sold at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from holdfast.flights.domain.assembly import Combination, SliceOption
from holdfast.flights.domain.ids import derive, offer_id
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import (
    Offer,
    PriceChangeCause,
    SoldSegment,
    SoldSlice,
    Traveller,
)

SALES_END_MIN = 60
"""Minutes before departure at which a flight is no longer sold."""
SHORTEST_LOCK_S = 15 * 60
"""No offer lives shorter."""
BEFORE_DEPARTURE_S = 15 * 60
"""Offers expire so long before the first departure."""
HOLD_ENDS_BEFORE_S = 2 * 3600
"""Holds end so long before the first departure, so that unpaid seats can still be sold."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Issue:
    """The request that offers are made for, and when. `lifetime_s`: of an offer."""

    request_id: str
    now: datetime
    travellers: tuple[Traveller, ...]
    lifetime_s: float = 30 * 60

    @property
    def latest_expiry(self) -> datetime:
        """When the last offer expires, and a request that found nothing."""
        return self.now + timedelta(seconds=self.lifetime_s)


def traveller_id(request_id: str, index: int) -> str:
    """The id of passenger number `index` of a request, in all its offers."""
    return derive("pas", request_id, index)


def earliest_departure_min(now: datetime) -> int:
    """Minutes since 1970 of the earliest departure that is still sold at `now`."""
    seconds = (now - _EPOCH).total_seconds()
    return -int(-seconds // 60) + SALES_END_MIN


Cause = Callable[[Combination], PriceChangeCause | None]
"""Why a combination costs more than what this viewer was shown before."""


def offers(
    issue: Issue, combinations: Sequence[Combination], cause: Cause = lambda _: None
) -> tuple[Offer, ...]:
    """One offer for each combination, in order."""
    return tuple(_offer(issue, one, index, cause(one)) for index, one in enumerate(combinations))


def _offer(
    issue: Issue, combination: Combination, index: int, cause: PriceChangeCause | None
) -> Offer:
    id_ = offer_id(issue.request_id, index)
    first = combination[0].itinerary.segments[0].legs[0]
    departs = _EPOCH + timedelta(minutes=first.departing_utc_min)
    expires = min(
        issue.latest_expiry,
        departs - timedelta(seconds=BEFORE_DEPARTURE_S),
    )
    hold, price = _holds(issue.now, departs, combination)
    carrier, currency, _, _ = combination[0].family
    return Offer(
        id=id_,
        request_id=issue.request_id,
        carrier=carrier,
        created_at=issue.now,
        expires_at=max(expires, issue.now + timedelta(seconds=SHORTEST_LOCK_S)),
        slices=tuple(_slice(id_, place, option) for place, option in enumerate(combination)),
        travellers=issue.travellers,
        total=Money(sum(option.cost.total for option in combination), currency),
        tax=Money(sum(option.cost.tax for option in combination), currency),
        hold_until=hold,
        price_until=price,
        price_change_cause=cause,
    )


def _slice(id_: str, place: int, option: SliceOption) -> SoldSlice:
    segments = option.itinerary.segments
    return SoldSlice(
        id=derive("sli", id_, place),
        origin=segments[0].board,
        destination=segments[-1].off,
        segments=tuple(
            SoldSegment(
                id=derive("seg", id_, place, number),
                segment=segment,
                cabin=one.cabin,
                booking_class=one.booking_class,
                terms=one.terms,
                fares=one.fares,
            )
            for number, (segment, one) in enumerate(zip(segments, option.classes, strict=True))
        ),
    )


def _holds(
    now: datetime, departs: datetime, combination: Combination
) -> tuple[datetime | None, datetime | None]:
    """Until when a hold made now keeps seats, and the price: the shortest of all its fares."""
    terms = [one.terms for option in combination for one in option.classes]
    space_h = min(one.hold_space_h for one in terms)
    price_h = min(one.hold_price_h for one in terms)
    until = min(now + timedelta(hours=space_h), departs - timedelta(seconds=HOLD_ENDS_BEFORE_S))
    if space_h <= 0 or until <= now + timedelta(seconds=SHORTEST_LOCK_S):
        return None, None
    return until, min(now + timedelta(hours=price_h), until) if price_h > 0 else None
