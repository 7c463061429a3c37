"""What buyers do about changes."""

from holdfast.flights.domain.disruption import AirlineChange, ChangeKind
from holdfast.flights.service.reaccommodate import accept_change, changes_of, open_cases
from tests.flights.booking_samples import OWNER
from tests.flights.service.booking_desk import Desk, FakeDisruptions


async def test_a_change_is_seen_and_accepted_now() -> None:
    desk, disruptions = Desk(), FakeDisruptions()
    order = await desk.buy(hold=desk.moment - desk.moment.replace(hour=0))
    assert await changes_of(disruptions, OWNER, order.id) == ()
    change = disruptions.add(order, ChangeKind.SCHEDULE)
    assert await changes_of(disruptions, OWNER, order.id) == (change,)
    accepted = await accept_change(disruptions, OWNER, change.id, desk.draw)
    assert isinstance(accepted, AirlineChange)
    assert accepted.accepted_at == desk.moment
    assert await accept_change(disruptions, OWNER, "aic_x", desk.draw) is None
    assert await open_cases(disruptions, "HF") == []
