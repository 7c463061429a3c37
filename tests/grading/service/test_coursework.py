"""A course that nobody plans: the port's quiet end."""

from holdfast.grading.domain.deadlines import Plan
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.service.coursework import KeptPlan, RosterReport, Tonight, Unplanned


async def test_nothing_is_planned_and_nothing_changes() -> None:
    desk = Unplanned()
    assert await desk.plan(7) == KeptPlan(Plan())
    assert not await desk.replace_plan(Plan(), 0)
    assert await desk.set_freeze(True) is None
    assert not await desk.milestones()
    assert not await desk.failures(10)
    assert not await desk.who_attempted([UserId(7)])
    assert await desk.change_roster([User(UserId(7), "A")], []) == RosterReport(0, 0, 0, ())
    assert await desk.tonight() == Tonight((), (), (), None)
