"""The words of `holdfast secrets` and `holdfast prepare`: both do what `fleet_actions` does."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from holdfast.platform.data import fleet_actions
from holdfast.platform.data.fleet_commands import fleet_commands
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings


def test_both_words_are_carried_out_and_a_folder_is_needed_for_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets, prepare = fleet_commands((), ())
    done: list[object] = []
    monkeypatch.setattr(fleet_actions, "prepare", lambda *given: done.append(given))
    effective = Effective.load({"fleet": FleetSettings, "database": DatabaseSettings})
    words = ArgumentParser()
    secrets.arguments(words)
    given = words.parse_args(["--to", str(tmp_path)])
    assert secrets.run(given, effective) == 0
    assert str(tmp_path / "fleet.key") in capsys.readouterr().out
    assert prepare.run(given, effective) == 0
    assert done == [(effective, (), ())]
