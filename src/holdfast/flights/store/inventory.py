"""What is taken of legs now, for `Catalogue.sold`; a replica may answer."""

from collections import Counter
from collections.abc import Sequence

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.service.ports.catalogue import LegSold
from holdfast.flights.store.order_rows import leg_of, leg_text
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Calls

SQL = queries("inventory")


async def sold(calls: Calls, legs: Sequence[LegKey]) -> dict[tuple[LegKey, Cabin], LegSold]:
    """Seats sold and validly held; a cabin of a leg that nobody ever wanted is left out."""
    found = {}
    for row in await calls.fetch(SQL.sold, [leg_text(leg) for leg in legs]):
        by_class = Counter(dict(zip(row["classes"], row["taken_by_class"], strict=True)))
        by_class.subtract(dict(zip(row["late_classes"], row["late_seats"], strict=True)))
        found[leg_of(row["leg"]), Cabin(row["cabin"])] = LegSold(
            capacity=row["capacity"],
            taken=row["taken"] - sum(row["late_seats"]),
            taken_by_class={name: seats for name, seats in by_class.items() if seats},
        )
    return found
