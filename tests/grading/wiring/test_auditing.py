"""`holdfast audit` reads the course's database and says by its exit code how it stands."""

import asyncio
import json

import pytest

from holdfast.grading.service.audit import MEANINGS
from holdfast.grading.store.postgres import SCHEMA, open_store
from holdfast.grading.wiring.auditing import audit
from holdfast.platform.data.database import Database, Limits
from tests.grading.store.contract import policy
from tests.grading.wiring.settings import effective


def prepared(dsn: str, *lies: str) -> None:
    async def work() -> None:
        limits = Limits(pool_size=1)
        async with await Database.connect(dsn, schema=SCHEMA, limits=limits) as database:
            await open_store(database, policy())
            async with database.scripts() as scripts:
                for lie in lies:
                    await scripts.run("lie", lie)

    asyncio.run(work())


def test_a_good_course_is_told_line_by_line(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    prepared(dsn)
    assert audit(effective({"database.dsn": dsn}), as_json=False) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(MEANINGS)


def test_what_is_wrong_is_an_exit_code_and_an_example(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lease = """
        INSERT INTO users VALUES ('course', 1, 'Mira');
        INSERT INTO leases VALUES ('course', 1, 'h', 1, now(), now(), now(), 0, 'r')
    """
    prepared(dsn, lease)
    assert audit(effective({"database.dsn": dsn}), as_json=True) == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["ok"]
    (wrong,) = [one for one in said["assertions"] if one["wrong"]]
    assert wrong["name"] == "leases_were_granted"
    assert wrong["examples"]
