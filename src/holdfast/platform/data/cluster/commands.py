"""The law of the words of `holdfast cluster`; `actions` is what they do."""

import argparse
from collections.abc import Callable

from holdfast.platform.runtime.app import Command
from holdfast.platform.runtime.config import Effective


def _act(name: str) -> Callable[[argparse.Namespace, Effective], int]:
    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.data.cluster.actions import ACTIONS  # noqa: PLC0415  only who acts

        return ACTIONS[name](given, effective)

    return run


def _json_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def _any_member(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "member", nargs="?", metavar="MEMBER", help="the new leader; without it the best replica"
    )


def _one_member(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("member", metavar="MEMBER", help="m1, m2 or m3")


_STATUS = "members, roles, lag; exit code 1 when not healthy"
CLUSTER = Command.group(
    "cluster",
    "look at the database's cluster, and move its leader",
    (
        Command(
            "status",
            "members, roles, lag; exit code 1 when not healthy",
            _json_flag,
            _act("status"),
        ),
        Command("switchover", "make another member the leader", _any_member, _act("switchover")),
        Command("restart", "restart one member's PostgreSQL", _one_member, _act("restart")),
        Command("reinit", "copy one member anew from the leader", _one_member, _act("reinit")),
    ),
)
