"""The law of best seats: a party sits together, cheaply, and leaves no lone seat where it can.

PURE. In this order: nobody sits alone, few groups, few rows, little money, no single free seat left
behind, far in front. Seats with disclosures are never chosen for anybody: those want to be read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from holdfast.flights.pages.seat_plan import PlanRow, SeatCell, SeatPlan, SeatState

NEAR_ROWS = 3
"""A party that does not fit into a row is looked for in so many neighbouring ones first."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Free seats side by side in a section, and the index of their row."""

    row: int
    seats: tuple[SeatCell, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Who sits side by side: seats, and how many lone free ones that leaves."""

    row: int
    seats: tuple[SeatCell, ...]
    orphans: int

    @property
    def cost(self) -> int:
        return _cost(self.seats)


def best_seats(plan: SeatPlan, party: int, taken: frozenset[str] = frozenset()) -> list[str]:
    """Designators for `party` people, front to back; none when there are not so many. `taken` are
    not looked at."""
    rows = [row for cabin in plan.cabins for row in cabin.rows]
    runs = [run for index, row in enumerate(rows) for run in _runs(index, row, taken)]
    if party < 1 or sum(len(run.seats) for run in runs) < party:
        return []
    best = min(_seatings(runs, party, len(rows)), key=_rank)
    return [seat.designator for group in best for seat in group.seats]


def _runs(index: int, row: PlanRow, taken: frozenset[str]) -> Iterator[_Run]:
    for section in row.sections:
        run: list[SeatCell] = []
        for cell in section:
            if isinstance(cell, SeatCell) and _is_free(cell, taken):
                run.append(cell)
                continue
            if run:
                yield _Run(index, tuple(run))
            run = []
        if run:
            yield _Run(index, tuple(run))


def _is_free(cell: SeatCell, taken: frozenset[str]) -> bool:
    is_open = cell.state is SeatState.FREE and cell.holder is None and not cell.disclosures
    return is_open and cell.designator not in taken


def _seatings(runs: Sequence[_Run], party: int, rows: int) -> Iterator[list[_Group]]:
    """Seatings that are worth comparing: in every window of near rows, and in all of them."""
    yield _groups(runs, party)
    for span in range(1, NEAR_ROWS + 1):
        for first in range(rows):
            near = [run for run in runs if first <= run.row < first + span]
            if sum(len(run.seats) for run in near) < party:
                continue
            yield _groups(near, party)
            yield from ([_group(run, party)] for run in near if len(run.seats) >= party)


def _groups(runs: Sequence[_Run], party: int) -> list[_Group]:
    """The party in the longest runs, nobody alone where one more can be spared."""
    sizes: list[tuple[_Run, int]] = []
    left = party
    for run in sorted(runs, key=lambda one: (-len(one.seats), _cost(one.seats), one.row)):
        if not left:
            break
        size = min(left, len(run.seats))
        sizes.append((run, size))
        left -= size
    if len(sizes) > 1 and sizes[-1][1] == 1:
        sizes = _shared(sizes)
    found = [_group(run, size) for run, size in sizes]
    return sorted(found, key=lambda group: group.row)


def _shared(sizes: list[tuple[_Run, int]]) -> list[tuple[_Run, int]]:
    """One of a larger group joins whoever would sit alone."""
    last, _ = sizes[-1]
    donor = next((at for at, (_, size) in enumerate(sizes) if size > 2), None)
    if donor is None or len(last.seats) < 2:
        return sizes
    run, size = sizes[donor]
    return [*sizes[:donor], (run, size - 1), *sizes[donor + 1 : -1], (last, 2)]


def _group(run: _Run, size: int) -> _Group:
    """The best so many neighbours of a run."""
    options = [
        _Group(run.row, run.seats[start : start + size], _orphans(run, start, size))
        for start in range(len(run.seats) - size + 1)
    ]
    return min(options, key=lambda one: (one.cost, one.orphans))


def _orphans(run: _Run, start: int, size: int) -> int:
    return (start == 1) + (len(run.seats) - start - size == 1)


def _cost(seats: Sequence[SeatCell]) -> int:
    return sum(seat.price.minor for seat in seats if seat.price is not None)


def _rank(groups: Sequence[_Group]) -> tuple[int, ...]:
    party = sum(len(group.seats) for group in groups)
    lonely = sum(len(group.seats) == 1 for group in groups) if party > 1 else 0
    used = [group.row for group in groups]
    far = sum(later - earlier for earlier, later in pairwise(used))
    cost = sum(group.cost for group in groups)
    orphans = sum(group.orphans for group in groups)
    return lonely, len(groups), far, cost, orphans, used[0]
