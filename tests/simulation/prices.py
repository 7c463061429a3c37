"""What is published (G2, G4, G7; T1, T4, T5, T6) and what is shown of it (G4, T4)."""

from dataclasses import dataclass, field

from holdfast.flights.domain.fare import PassengerType
from tests.simulation.clock import SKEW_S, STALE_S
from tests.simulation.log import Broken, FareDay, Ignored, Log, Priced, Repriced, Shown, Sight, Tag

DWELL_S = 3600.0
FEED_PERIOD_S = 3600.0
LEASE_S = 3600.0
MOST_PERCENT, LEAST_PERCENT = 200, 50
"""The guard's band, of the supplier's price before."""
INFANT_TENTH = 10
_ALWAYS = float("-inf")


@dataclass
class _History:
    """One fare key: its price now, since when, and all tags it ever had (None: off sale)."""

    tag: Tag | None = None
    price: int | None = None
    changed_at: float = _ALWAYS
    off_at: float = _ALWAYS
    asked_at: float = _ALWAYS
    tags: list[tuple[float, Tag | None]] = field(default_factory=list)


class PublishedPrices:
    """The promises about fare keys."""

    def __init__(self, log: Log) -> None:
        self._histories: dict[FareDay, _History] = {}
        log.listen(Priced, self._priced)
        log.listen(Ignored, self._ignored)
        log.listen(Shown, self._shown)
        log.listen(Repriced, self._shown)

    def _ignored(self, entry: Ignored, _: int) -> None:
        if entry.before != entry.after:
            raise Broken("T6: a delivery that was seen before, or is older, changed something")

    def _priced(self, entry: Priced, _: int) -> None:
        for fare, tag in entry.tags.items():
            history = self._histories.setdefault(fare, _History())
            self._on_sale(fare, history, tag, entry)
        for fare, history in self._histories.items():
            if history.tag is not None and fare not in entry.tags:
                history.tag, history.off_at = None, entry.at
                history.tags.append((entry.at, None))

    def _on_sale(self, fare: FareDay, history: _History, tag: Tag, entry: Priced) -> None:
        before, at = history.tag, entry.at
        if tag.p > tag.s:
            raise Broken(f"T4: {fare} costs {tag.p}, its airline asks {tag.s}")
        if before is None or before.s != tag.s or before.row != tag.row:
            history.asked_at = at
        elif at >= history.asked_at + DWELL_S + FEED_PERIOD_S and tag.p != tag.s:
            raise Broken(f"T5: {fare} is stuck at {tag.p}, asked {tag.s}")
        is_decided = entry.approved or tag.is_parked
        if before is not None and not is_decided and _leaps(before.s, tag.s):
            raise Broken(f"G7: {fare} leapt from {before.s} to {tag.s}")
        rests = at < history.off_at + DWELL_S
        if before is None and rests and history.price is not None and tag.p > history.price:
            raise Broken(f"G7: {fare} is listed again for {tag.p}, it cost {history.price}")
        compared = history.price if before is not None or rests else None
        if compared is not None and tag.p > compared and at - history.changed_at < DWELL_S:
            raise Broken(f"T1: {fare} rose to {tag.p} {at - history.changed_at} s after a change")
        if tag.p != history.price:
            history.price, history.changed_at = tag.p, at
        if tag != before:
            history.tag = tag
            history.tags.append((at, tag))

    def _shown(self, entry: Shown | Repriced, _: int) -> None:
        since, until = entry.asked_at - STALE_S - SKEW_S, entry.answered_at + SKEW_S
        for sight in entry.sights:
            highest = max(self._published(sight, since, until), default=None)
            if highest is None:
                raise Broken(f"T4: {sight} is shown and was not on sale")
            if sight.price > highest:
                raise Broken(f"T4: {sight} is shown, published was {highest} at most")
            # Children may have had a fare of their own meanwhile, and lease its price.
            is_adult = sight.passenger is PassengerType.ADULT
            if is_adult and sight.price < min(self._published(sight, since - LEASE_S, until)):
                raise Broken(f"T4: {sight} is shown and was never published")

    def _published(self, sight: Sight, since: float, until: float) -> list[int]:
        """All prices of a time; a process that has not heard yet that a rise was taken back makes
        it count when it is due."""
        found = []
        tags = self._histories[sight.fare].tags if sight.fare in self._histories else []
        for place, (begins, tag) in enumerate(tags):
            ends = tags[place + 1][0] if place + 1 < len(tags) else until
            if tag is None or begins > until or ends < since:
                continue
            found.append(_as_paid(tag.p, sight))
            if tag.due is not None and tag.due <= until:
                found.append(_as_paid(tag.s, sight))
        return found


def _leaps(before: int, after: int) -> bool:
    return not before * LEAST_PERCENT <= after * 100 <= before * MOST_PERCENT


def _as_paid(price: int, sight: Sight) -> int:
    """An infant on a lap for whom no fare is filed pays a tenth of the adult's."""
    is_lap = sight.passenger is PassengerType.INFANT
    if is_lap and PassengerType.INFANT not in sight.fare.product:
        return price // INFANT_TENTH
    return price
