"""What honouring a price costs us, and when an airline's budget for it is used up.

A published price may stay under the supplier's for the dwell time, and a quoted one until the offer
expires; who sells at it pays the difference. A used-up budget never makes a fare dearer than the
price rule allows: fares that would cost us are not sold until their rise is due (`pricing`).
"""

from collections.abc import Iterable

from holdfast.flights.domain.offer import Offer, QuotedFare


def absorbed(fares: Iterable[QuotedFare]) -> int:
    """Minor units that selling these fares once costs; a price above the supplier's gains nothing
    here, since the difference of one passenger must not hide the loss with another."""
    return sum(max(0, fare.supplier_total - fare.price.total) for fare in fares)


def absorbed_by_carrier(offer: Offer) -> dict[str, int]:
    """Minor units of the offer's currency that an order of it costs, by marketing carrier; carriers
    that cost nothing are left out."""
    costs: dict[str, int] = {}
    for sold in (sold for part in offer.slices for sold in part.segments):
        by_type = {fare.passenger_type: fare for fare in sold.fares}
        cost = absorbed(by_type[traveller.type] for traveller in offer.travellers)
        if cost:
            carrier = sold.segment.marketing.carrier
            costs[carrier] = costs.get(carrier, 0) + cost
    return costs


def budget_exhausted(budget: int | None, spent: int) -> bool:
    """Whether an airline may not cost us anything more; `budget` None is no limit."""
    return budget is not None and spent >= budget
