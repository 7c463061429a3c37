"""`holdfast migrate`: which flags it knows, and what it does with them."""

import argparse

import pytest

from holdfast.platform.data import migration_actions
from holdfast.platform.data.migration_command import migrate_command
from holdfast.platform.runtime.config import Effective


@pytest.mark.parametrize(
    ("words", "done"),
    [
        ([], "migrate False"),
        (["--post"], "migrate True"),
        (["--plan"], "plan False"),
        (["--plan", "--post"], "plan True"),
        (["--verify"], "verify"),
    ],
)
def test_flags_choose_what_is_done(
    monkeypatch: pytest.MonkeyPatch, words: list[str], done: str
) -> None:
    said: list[str] = []

    def noting(name: str) -> object:
        def act(_: object, __: object, **flags: bool) -> int:
            said.append(" ".join([name, *map(str, flags.values())]))
            return 7

        return act

    for name in ("plan", "verify", "migrate"):
        monkeypatch.setattr(migration_actions, name, noting(name))
    command = migrate_command([])
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    assert command.run(parser.parse_args(words), Effective.load({})) == 7
    assert said == [done]


def test_showing_and_checking_exclude_each_other() -> None:
    parser = argparse.ArgumentParser()
    migrate_command([]).arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--plan", "--verify"])
