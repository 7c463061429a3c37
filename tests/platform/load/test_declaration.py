"""The flags of `holdfast load` have bounds."""

import argparse

import pytest

from holdfast.platform.load.declaration import load_command


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    load_command(()).arguments(parser)
    return parser.parse_args(words)


def test_the_usual_crowd_is_small_and_local() -> None:
    given = parse()
    assert (given.users, given.think, given.target) == (100, 30.0, "127.0.0.1")
    assert not given.i_own_the_target


@pytest.mark.parametrize(
    "words", [("--users", "0"), ("--users", "2000000"), ("--for", "0"), ("--idle", "-1")]
)
def test_what_is_out_of_bounds_is_refused(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(*words)
    assert "between" in capsys.readouterr().err
