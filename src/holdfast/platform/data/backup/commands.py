"""The law of the words of `holdfast backup` and `holdfast restore`; `actions` is what they do."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from holdfast.platform.runtime.app import Command
from holdfast.platform.runtime.config import Effective


def _run(given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.platform.data.backup.actions import perform  # noqa: PLC0415  it has the driver

    return perform(given, effective)


def moment(text: str) -> datetime:
    """A moment as `2026-11-26 20:15:30`, in UTC unless it says otherwise."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment like '2026-11-26 20:15:30' (UTC) or '... 20:15:30+01:00'"
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _at_least_one(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _to(parser: argparse.ArgumentParser) -> None:
    _add_to(parser, default=argparse.SUPPRESS)


def _add_to(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--to", metavar="DIR", default=default, help="the backups' folder; else database.archive"
    )


def _seen(parser: argparse.ArgumentParser) -> None:
    _to(parser)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def _take_arguments(parser: argparse.ArgumentParser) -> None:
    _add_to(parser, default=None)
    parser.add_argument(
        "--keep",
        type=_at_least_one,
        metavar="N",
        help="afterwards keep only the newest N good ones",
    )


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="DIR", help="the backups' folder"
    )
    parser.add_argument(
        "--at", type=moment, metavar="TIME", help="up to this moment (UTC); else everything"
    )
    parser.add_argument("--base", default="", metavar="NAME", help="begin with this base backup")
    parser.add_argument("--wal", type=Path, metavar="DIR", help="the log, if it is elsewhere")


_STATUS = "what is saved and how old it is; exit code 1 when not all is well"
BACKUP = Command.group(
    "backup",
    "take a base backup of the running server, look at the backups",
    (
        Command("list", "the base backups", _seen, _run),
        Command("status", _STATUS, _seen, _run),
        Command("verify", "read all base backups and the log, and check them", _to, _run),
    ),
    alone=Command("now", "take a base backup", _take_arguments, _run),
)
RESTORE = Command(
    "restore", "make a new data folder of a backup, as of a moment", _restore_arguments, _run
)
COMMANDS = (BACKUP, RESTORE)
