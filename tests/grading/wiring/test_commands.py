"""Grading's commands check what they are given before they ask anybody."""

import argparse
from pathlib import Path

import pytest

from holdfast.errors import Mistake
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


def test_practice_without_the_admin_token_is_one_sentence(tmp_path: Path) -> None:
    [practice] = [command for command in APP.commands if command.name == "practice"]
    settings = effective({"fleet.data": str(tmp_path)})
    with pytest.raises(Mistake, match=r"admin\.token cannot be read: No such file"):
        practice.run(parse("practice", "on"), settings)


@pytest.mark.parametrize("words", [("--listen", "65536"), ("--listen", "x"), ("--speed", "0")])
def test_a_replay_on_no_port_or_at_no_speed_is_refused(words: tuple[str, str]) -> None:
    with pytest.raises(SystemExit):
        parse("replay", "file", *words)
