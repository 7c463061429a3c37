"""Plan, apply and verify for the apps as they are; tests/test_migrations.py has the rest."""

import asyncio
from pathlib import Path

import pytest

from holdfast.apps import APPS
from holdfast.platform.data.migration_actions import migrate, plan, verify
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.config import Effective, Flag
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.postgres import TestPostgres

SCHEMAS = [app.schema for app in APPS if app.schema is not None]


def test_the_apps_schemas_are_planned_applied_and_verified(
    postgres: TestPostgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = asyncio.new_event_loop()
    clone = postgres.clone()
    dsn = loop.run_until_complete(clone.__aenter__())
    effective = Effective.load(
        {"fleet": FleetSettings, "database": DatabaseSettings},
        flags=[
            Flag("fleet.data", str(tmp_path), "--data"),
            Flag("database.dsn", dsn, "--set"),
        ],
    )
    try:
        assert plan(effective, SCHEMAS, post=False) == 0
        assert "  0001_grading" in capsys.readouterr().out
        assert migrate(effective, SCHEMAS, post=False) == 0
        assert "roles: each process has its own" in capsys.readouterr().out
        assert verify(effective, SCHEMAS) == 0
        assert capsys.readouterr().out.splitlines() == [
            "grading: as it should be",
            "flights: as it should be",
        ]
        assert migrate(effective, SCHEMAS, post=False) == 0
        assert "flights: 0 applied" in capsys.readouterr().out
    finally:
        loop.run_until_complete(clone.__aexit__(None, None, None))
        loop.close()
