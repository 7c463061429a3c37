"""The viewer lease: for an hour from the first look, a fare does not become dearer for you (G3).

It is anchored at the first sighting and never extended by looking again; otherwise somebody who
refreshes would hold every price for ever.
"""

from dataclasses import dataclass

from holdfast.flights.domain.fare import Price

LENGTH_S = 3600.0
"""Seconds; not shorter than the life of an offer."""


@dataclass(frozen=True, slots=True)
class ViewerLease:
    """When a viewer first saw a fare (seconds since 1970), and the lowest price shown since."""

    first_seen: float
    lowest: Price


def shown(
    effective: Price, lease: ViewerLease | None, now: float, length_s: float = LENGTH_S
) -> tuple[Price, ViewerLease]:
    """What to show for a fare whose published price is `effective`, and the lease to keep."""
    if lease is None or now >= lease.first_seen + length_s:
        return effective, ViewerLease(now, effective)
    lowest = min(lease.lowest, effective)
    return lowest, ViewerLease(lease.first_seen, lowest)
