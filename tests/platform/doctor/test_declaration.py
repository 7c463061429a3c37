"""The doctor's declaration is light, and takes `--json`."""

import argparse

from holdfast.platform.doctor.declaration import doctor_command


def test_json_is_asked_for_by_a_flag() -> None:
    parser = argparse.ArgumentParser()
    doctor_command(()).arguments(parser)
    assert parser.parse_args(["--json"]).json
    assert not parser.parse_args([]).json
