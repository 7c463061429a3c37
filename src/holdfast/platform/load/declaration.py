"""The law of the declaration of `holdfast load`: light, for every command imports it."""

import argparse
from collections.abc import Callable, Sequence

from holdfast.platform.runtime.app import App, Command, chosen
from holdfast.platform.runtime.config import Effective

MAX_USERS, MAX_CONNECTIONS, MAX_IDLE = 1_000_000, 20_000, 50_000
"""Beyond, one process on one machine measures itself."""


def load_command(apps: Sequence[App]) -> Command:
    """`holdfast load`, with the journeys of those of these apps that run."""

    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.load.command import load  # noqa: PLC0415  only this command needs it

        return load(given, effective, chosen(effective, apps))

    return Command("load", "play a crowd against a fleet and say what it cost", _arguments, run)


def _arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--users", type=_count(MAX_USERS), default=100, metavar="N", help="users that are meant")
    add("--driven", type=_count(MAX_USERS), metavar="N", help="users really played; else all")
    add("--think", type=_seconds, default=30.0, metavar="S", help="mean pause of a user (30)")
    add("--for", type=_seconds, default=30.0, dest="seconds", metavar="S", help="how long (30)")
    add(
        "--mix",
        default="",
        metavar="NAME=WEIGHT,...",
        help="kinds of visitors; `--mix list` names them",
    )
    add(
        "--connections",
        type=_count(MAX_CONNECTIONS),
        default=256,
        metavar="N",
        help="connections that users share (256)",
    )
    add(
        "--idle",
        type=_count(MAX_IDLE, least=0),
        default=0,
        metavar="N",
        help="connections beside that ask once, rest, and are all asked again",
    )
    add(
        "--idle-port",
        type=_count(65_535),
        action="append",
        metavar="PORT",
        help="where those go, offset added; may be repeated; else all ports of the mix",
    )
    add("--idle-path", default="/health/live", metavar="PATH", help="what they ask")
    add(
        "--idle-pace",
        type=_count(MAX_IDLE),
        default=500,
        metavar="N",
        help="how many of them are opened or asked a second (500)",
    )
    add(
        "--attempts",
        type=_rate,
        default=0.0,
        metavar="PER_SECOND",
        help="programs of visitors that come beside, such as students' over TCP and UDP",
    )
    add("--seed", type=int, default=0, help="the same seed makes the same crowd")
    add("--target", default="127.0.0.1", metavar="HOST", help="whom to ask")
    add(
        "--i-own-the-target",
        action="store_true",
        help="needed for a target that is not this machine",
    )
    add("--json", action="store_true", help="as JSON, for programs")


def _count(most: int, *, least: int = 1) -> Callable[[str], int]:
    def count(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"between {least} and {most}")
        return number

    return count


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 <= rate <= 1000:
        raise argparse.ArgumentTypeError("between 0 and 1000 a second")
    return rate


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("between 0.1 and 86400 seconds")
    return seconds
