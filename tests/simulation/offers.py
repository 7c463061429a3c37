"""Quotes (G1, T2): an offer reads the same while it lives, and is booked at its price or not."""

from dataclasses import replace

from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import NewOrder, Order
from holdfast.flights.domain.pricing import total_of
from holdfast.flights.service.ports.bookings import AmountDiffers, OfferExpired
from tests.simulation.clock import SKEW_S, STALE_S
from tests.simulation.log import Broken, Did, Flies, Log, Refused, Reread, SeatsShown, Shown

SHORTEST_LOCK_S = 900.0


class LockedOffers:
    """The promises about offers and the seats of their maps."""

    def __init__(self, log: Log) -> None:
        self._offers: dict[str, Offer] = {}
        self._seats: dict[tuple[str, str], tuple[float, int]] = {}
        self._departs: dict[object, int | None] = {}
        log.listen(Shown, self._shown)
        log.listen(Reread, self._reread)
        log.listen(SeatsShown, self._seats_shown)
        log.listen(Flies, self._flies)
        log.listen(Did, self._did)
        log.listen(Refused, self._refused)

    def _shown(self, entry: Shown, _: int) -> None:
        for offer in entry.request.offers:
            self._offers[offer.id] = offer
            lives_s = (offer.expires_at - offer.created_at).total_seconds()
            if lives_s < SHORTEST_LOCK_S:
                raise Broken(f"G1: {offer.id} lives for {lives_s} s")
            parts = total_of(offer.slices, offer.travellers)
            if (parts.total, parts.tax) != (offer.total.minor, offer.tax.minor):
                raise Broken(f"G1: the parts of {offer.id} are {parts}, not {offer.total}")

    def _reread(self, entry: Reread, _: int) -> None:
        offer = self._offers[entry.offer_id]
        expires_at = offer.expires_at.timestamp()
        if isinstance(entry.found, Offer):
            if unnamed(entry.found) != offer:
                raise Broken(f"T2: {offer.id} reads otherwise: {entry.found.total}, {offer.total}")
            if entry.asked_at >= expires_at:
                raise Broken(f"G1: {offer.id} has expired and is read")
        elif entry.found is None or entry.answered_at < expires_at:
            raise Broken(f"T2: {offer.id} is {entry.found or 'not there'} before it expires")

    def _seats_shown(self, entry: SeatsShown, _: int) -> None:
        if entry.at >= self._offers[entry.offer_id].expires_at.timestamp():
            return
        for service, price in entry.prices.items():
            self._seats.setdefault((entry.offer_id, service), (entry.at, price))
            self._judge_seat(entry.offer_id, service, price, entry.at)

    def _judge_seat(self, offer_id: str, service: str, price: int, at: float) -> None:
        """A seat costs what it did when the offer was made, or less; who had not heard yet that it
        fell may say so for a moment."""
        first_at, first = self._seats.get((offer_id, service), (at, price))
        is_late = at > first_at + STALE_S + SKEW_S
        if price > first and is_late:
            raise Broken(f"G1: a seat of {offer_id} rose from {first} to {price}")

    def _flies(self, entry: Flies, _: int) -> None:
        self._departs[entry.leg] = entry.departs_min

    def _refused(self, entry: Refused, _: int) -> None:
        if entry.is_well_meant:
            raise Broken(f"G1: {entry.call} was refused: {entry.outcome}")

    def _did(self, entry: Did, _: int) -> None:
        if entry.call != "place":
            return
        asked: NewOrder = entry.asked[0]
        offer = self._offers[asked.offer.id]
        ends = [offer.expires_at, *([asked.hold_until] if asked.hold_until else [])]
        is_over = min(ends).timestamp() <= entry.at
        match entry.outcome:
            case Order() as order:
                self._placed(order, asked, offer, entry.at)
                if is_over:
                    raise Broken(f"G1: {offer.id} was booked after it had expired")
            case OfferExpired() if not is_over and not self._has_moved(offer):
                raise Broken(f"G1: {offer.id} was refused and has not expired")
            case AmountDiffers():
                raise Broken(f"G1: {offer.id} was refused because of its price")

    def _placed(self, order: Order, asked: NewOrder, offer: Offer, at: float) -> None:
        if unnamed(order.offer) != offer:
            raise Broken(f"T2: {order.id} has another offer than {offer.id}")
        extra = 0
        for seat in asked.seats:
            self._judge_seat(offer.id, seat.service_id, seat.price.minor, at)
            extra += seat.price.minor
        if order.total.minor != offer.total.minor + extra:
            raise Broken(f"T2: {order.id} costs {order.total}, its offer {offer.total}")

    def _has_moved(self, offer: Offer) -> bool:
        return any(
            self._departs.get(leg.key) != leg.departing_utc_min
            for part in offer.slices
            for sold in part.segments
            for leg in sold.segment.legs
        )


def unnamed(offer: Offer) -> Offer:
    """Without the names that passengers were given since it was made."""
    travellers = tuple(replace(one, given_name=None, family_name=None) for one in offer.travellers)
    return replace(offer, travellers=travellers)
