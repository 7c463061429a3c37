"""The warning of a full table: in time, with what to do, and not for ever."""

import pytest

from holdfast.platform.balancer.kernel_facts import Tracking
from holdfast.platform.balancer.kernel_watch import WARN_EVERY_S, Watch


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.msg for record in caplog.records]


def test_a_table_with_room_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    watch.look(0.0, Tracking(79, 100, 5))
    watch.look(1.0, Tracking(10, 100, 5))
    assert events(caplog) == []


def test_a_nearly_full_table_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    for now in (0.0, 1.0, WARN_EVERY_S - 1, WARN_EVERY_S):
        watch.look(now, Tracking(80, 100, 0))
    assert events(caplog) == ["connection_table_full"] * 2


def test_lost_connections_are_told_also_when_there_is_room(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Watch()
    watch.look(0.0, Tracking(1, 100, 5))
    watch.look(1.0, Tracking(1, 100, 8))
    watch.look(2.0 + WARN_EVERY_S, Tracking(1, 100, 8))
    assert events(caplog) == ["new_connections_lost"]


def test_a_machine_without_such_a_table_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    Watch().look(0.0)
    assert events(caplog) == [] or events(caplog)[0].startswith(("connection", "new"))
