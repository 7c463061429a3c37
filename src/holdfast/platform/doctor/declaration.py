"""The law of the doctor's declaration: light, for every command imports it."""

import argparse
from collections.abc import Sequence

from holdfast.platform.runtime.app import App, Command, chosen
from holdfast.platform.runtime.config import Effective


def doctor_command(apps: Sequence[App]) -> Command:
    """`holdfast doctor`, for the ports and schemas of these apps."""

    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.doctor.command import doctor  # noqa: PLC0415  the driver

        return doctor(given, effective, chosen(effective, apps))

    return Command("doctor", "check the machine, the settings and the database", _arguments, run)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
