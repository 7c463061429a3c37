"""What membership found out is told once, at the level it deserves."""

from dataclasses import replace

import pytest

from holdfast.platform.balancer.news import log_change
from holdfast.platform.membership.detector import LEFT, SILENT, Change, Gone, Member, Present
from holdfast.platform.membership.wire import Load

MEMBER = Member("n1", 1, {"tcp": ("192.0.2.1", 80)}, draining=False, suspect=False, load=Load())


@pytest.mark.parametrize(
    ("change", "level", "event"),
    [
        (Gone(MEMBER, LEFT), "INFO", "member_gone"),
        (Gone(MEMBER, SILENT), "WARNING", "member_gone"),
        (Present(MEMBER, None), "INFO", "member_joined"),
        (Present(replace(MEMBER, incarnation=2), MEMBER), "INFO", "member_restarted"),
        (Present(replace(MEMBER, suspect=True), MEMBER), "WARNING", "member_suspected"),
        (Present(MEMBER, replace(MEMBER, suspect=True)), "WARNING", "member_heard_again"),
        (Present(replace(MEMBER, draining=True), MEMBER), "INFO", "member_draining"),
        (Present(MEMBER, replace(MEMBER, draining=True)), "INFO", "member_takes_clients"),
        (Present(replace(MEMBER, services={}), MEMBER), "INFO", "member_moved"),
    ],
)
def test_each_change_has_its_line(
    caplog: pytest.LogCaptureFixture, change: Change, level: str, event: str
) -> None:
    caplog.set_level("INFO", logger="holdfast")
    log_change(change)
    (record,) = caplog.records
    assert (record.levelname, record.msg) == (level, event)


def test_an_ordinary_beat_has_none(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="holdfast")
    log_change(Present(replace(MEMBER, load=Load(running=3)), MEMBER))
    assert not caplog.records
