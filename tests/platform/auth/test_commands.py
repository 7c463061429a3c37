"""`holdfast user` and `holdfast token`: what they take, and where people log in."""

import argparse

import pytest

from holdfast.apps import APPS
from holdfast.cli import SECTIONS, commands
from holdfast.platform.auth.commands import site_url
from holdfast.platform.auth.roles import Role
from holdfast.platform.runtime.config import Effective


def parsed(group: str, task: str, *words: str) -> argparse.Namespace:
    found = next(one for one in commands()[group].tasks if one.name == task)
    parser = argparse.ArgumentParser()
    found.arguments(parser)
    return parser.parse_args(words)


def test_the_tasks_are_there() -> None:
    assert {task.name for task in commands()["user"].tasks} == {
        "add", "list", "password", "disable", "enable", "role", "first-link", "audit",
    }  # fmt: skip
    assert {task.name for task in commands()["token"].tasks} == {"create", "list", "revoke"}


def test_roles_are_among_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    given = parsed("user", "add", "mira", "teacher", "admin")
    assert (given.name, given.role, given.subject) == ("mira", ["teacher", "admin"], "")
    with pytest.raises(SystemExit):
        parsed("user", "add", "mira", "king")
    said = capsys.readouterr().err
    assert all(role.value in said for role in Role)


def test_a_password_is_no_argument() -> None:
    with pytest.raises(SystemExit):
        parsed("user", "add", "mira", "teacher", "--password", "x")


def test_a_token_ends_by_itself_unless_told_otherwise() -> None:
    assert parsed("token", "create", "mira").days == 90


def test_people_log_in_at_the_first_app_that_lets_them() -> None:
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    effective = Effective.load(sections)
    assert site_url(APPS, effective) == "http://127.0.0.1:8000"
    assert site_url((), effective) == ""
