"""The store is opened on the schema `people`, by the process's own role or by the owner."""

from pathlib import Path

from holdfast.apps import APPS
from holdfast.cli import SECTIONS
from holdfast.platform.auth.opening import opened_by_owner, opened_people
from holdfast.platform.auth.tables import people_schema
from holdfast.platform.data.provision import owner_of, provide
from holdfast.platform.runtime.config import Effective


async def test_owner_and_address_open_the_same_store(dsn: str, tmp_path: Path) -> None:
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    effective = Effective.load(sections).with_values(
        {"fleet.data": tmp_path, "database.dsn": dsn}, origin="test"
    )
    await provide(owner_of(effective), [people_schema(())], post=False)
    async with opened_by_owner(effective) as people:
        assert await people.accounts() == ()
    async with opened_people(effective) as people:
        assert await people.entries(1) == ()
