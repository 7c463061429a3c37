"""Three thousand small worlds keep every promise, and are worlds in which they could be broken."""

from collections import Counter

import pytest

from tests.simulation.log import Did, Entry, Reread, Shown
from tests.simulation.running import runs
from tests.simulation.world import Plot

WORLDS, BATCH = 3_000, 250
ALWAYS = 2
"""Batches that are tried with all other tests; the rest takes a minute."""
RICH = 400
"""Worlds in which everything must have happened that a promise is about."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, marks=[pytest.mark.long] if number >= ALWAYS else [])
        for number, first in enumerate(range(1, WORLDS, BATCH))
    ],
)
def test_every_world_keeps_every_promise(first: int) -> None:
    with runs() as all_runs:
        found = all_runs.first_broken(range(first, first + BATCH))
    assert found is None, f"python -m tests.simulation --seeds 1 --from {found and found[0]}"


@pytest.mark.timeout(300)
def test_what_promises_are_about_happens_in_these_worlds() -> None:
    """A promise about what never happens is kept by everybody."""
    seen: Counter[str] = Counter()
    with runs() as all_runs:
        for seed in range(1, RICH):
            world = all_runs.live(seed, Plot(keep_log=True))
            seen.update(map(_name, world.log.entries))
    wanted = (
        *("Ignored", "Accepted", "SeatsShown", "Refused", "shown", "shown nothing"),
        *("read", "read too late", "place Order", "place OfferExpired", "place SoldOut"),
        *("place SeatTaken", "place BalanceTooLow", "place AlreadyBooked", "place Replayed"),
        *("place KeyReused", "pay Payment", "pay WrongState held_past_price"),
        *("reprice Order", "reprice WrongState price_holds", "Repriced"),
        *("pay WrongState expired", "pay Replayed", "pay AmountDiffers", "add_seats Order"),
        *("quote_cancellation Cancellation", "confirm_cancellation Cancellation"),
        *("confirm OrderChange", "Priced", "Flies"),
    )
    assert [name for name in wanted if not seen[name]] == []


def test_a_seed_is_one_world() -> None:
    with runs() as all_runs:
        logs = [all_runs.live(7, Plot(keep_log=True)).log.entries for _ in range(2)]
    assert len(logs[0]) > 50
    assert logs[0] == logs[1]


def _name(entry: Entry) -> str:
    match entry:
        case Did(call, _, _, outcome):
            return f"{call} {type(outcome).__name__} {getattr(outcome, 'why', '')}".strip()
        case Shown(request=request):
            return "shown" if request.offers else "shown nothing"
        case Reread(found=found):
            return "read too late" if found == "gone" else "read"
        case _:
            return type(entry).__name__
