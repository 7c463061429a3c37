"""`holdfast secrets` and `holdfast prepare`: what `up` does by itself, for fleets."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data import fleet_actions
from holdfast.platform.data.fleet_actions import prepare, write_secrets
from holdfast.platform.data.provision import Owner, Provided
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.app import App
from holdfast.platform.runtime.config import Effective, Flag
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.zoo import zoo_in

SECTIONS = {"fleet": FleetSettings, "database": DatabaseSettings}
MEMBERS = "m1=192.0.2.2,m2=192.0.2.3,m3=192.0.2.4"


def settings(**values: str) -> Effective:
    flags = [Flag(key.replace("__", "."), text, key) for key, text in values.items()]
    return Effective.load(SECTIONS, flags=flags)


def app(folder: Path, done: list[str]) -> App:
    return App(
        name="zoo",
        listeners=lambda _: (),
        processes=(),
        commands=(),
        sections={},
        check=lambda _: done.append("checked"),
        prepare=lambda _: done.append("prepared"),
        schema=zoo_in(folder),
        secrets=("zoo.key",),
    )


def one(alone: App) -> tuple[list[App], list[Schema]]:
    """One app, and its schema."""
    return [alone], [alone.schema] if alone.schema else []


def test_secrets_of_platform_and_apps_are_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apps, schemas = one(app(tmp_path / "app", []))
    folder = tmp_path / "secrets"
    write_secrets(folder, settings(database__members=MEMBERS), apps, schemas)
    told = [Path(line).name for line in capsys.readouterr().out.splitlines()]
    assert {"fleet.key", "zoo.key", "database.dsn", "guest.dsn", "zoo-keeper.dsn"} <= set(told)
    assert sorted(told) == sorted(path.name for path in folder.iterdir())
    with pytest.raises(Mistake, match=r"database\.members: .*name=address"):
        write_secrets(folder, settings(database__members="m1,m2,m3"), apps, schemas)


def test_prepare_checks_provides_and_prepares_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []

    async def provide(owner: Owner, schemas: object, *, post: bool) -> Provided:
        done.append(f"provided {owner.dsn} {post}")
        return Provided({"zoo": ()}, "a reason")

    monkeypatch.setattr(fleet_actions, "provide", provide)
    prepare(settings(database__dsn="postgresql://x/y"), *one(app(tmp_path / "app", done)))
    assert done == ["checked", "provided postgresql://x/y False", "prepared"]
    assert "a reason" in capsys.readouterr().out
