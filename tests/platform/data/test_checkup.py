"""A look at a real database; and at one that is not there."""

import time
from pathlib import Path

from holdfast.apps import APPS
from holdfast.platform.data.checkup import checkup
from holdfast.platform.data.database import Limits
from holdfast.platform.data.provision import Owner

SCHEMAS = [app.schema for app in APPS if app.schema is not None]


def owner(dsn: str) -> Owner:
    return Owner(dsn, Path("/nowhere"), is_own_server=False, limits=Limits())


async def test_a_database_without_tables_lacks_all_migrations(dsn: str) -> None:
    found = await checkup(owner(dsn), SCHEMAS)
    assert found.error == ""
    assert found.version >= 14
    assert 0 < found.connections < found.connections_limit
    assert abs(found.skew_s) < 5
    assert {one.split()[0] for one in found.due} == {"grading", "flights"}


async def test_a_clock_that_is_an_hour_behind_is_told_as_the_servers_lead(dsn: str) -> None:
    found = await checkup(owner(dsn), (), lambda: time.time() - 3_600)
    assert 3_500 < found.skew_s < 3_700


async def test_a_database_that_is_down_is_a_sentence() -> None:
    found = await checkup(owner("postgresql://a:b@127.0.0.1:1/x"), SCHEMAS)
    assert found.error
    assert not found.error.endswith(".")
