"""Grading's commands check what they are given before they ask anybody."""

import argparse

import pytest

from holdfast.grading.wiring import APP
from tests.grading.wiring.settings import effective


def parse(command: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    next(c for c in APP.commands if c.name == command).arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize("uid", ["-1", "10000", "x", "", "1.5"])
def test_an_id_that_cannot_be_is_refused_by_the_parser(
    uid: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse("student", "--all", "--uid", uid)
    assert "uid" in capsys.readouterr().err


def test_every_command_says_what_it_does() -> None:
    assert all(command.summary for command in APP.commands)
    assert effective().origin("course.time_scale") == "default"
