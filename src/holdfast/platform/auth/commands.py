"""The law of `holdfast user` and `holdfast token`: their arguments, and who carries them out.

They need no running process but the database, and whoever may open it may use them.
"""

import argparse
from collections.abc import Callable, Sequence

from holdfast.platform.auth.roles import Action, Role
from holdfast.platform.runtime.app import App, Command
from holdfast.platform.runtime.config import Effective

DEFAULT_DAYS = 90
MAX_DAYS = 3660
Run = Callable[[argparse.Namespace, Effective], int]


def people_commands(apps: Sequence[App]) -> tuple[Command, ...]:
    """Both groups; `apps` say at which address people log in."""
    return (
        Command.group(
            "user",
            "who can log in, and as what",
            (
                Command("add", "make an account", _add, _act("add")),
                Command("list", "show all accounts", _nothing, _act("show_accounts")),
                Command(
                    "password", "set a new password, end all sessions", _name, _act("set_password")
                ),
                Command("disable", "lock an account, end its sessions", _name, _act("disable")),
                Command("enable", "let an account in again", _name, _act("enable")),
                Command("role", "give an account other roles", _roles, _act("set_roles")),
                Command("first-link", "print a link that makes an admin", _nothing, _link(apps)),
                Command(
                    "audit", "show what was done by whom, newest first", _limit, _act("show_audit")
                ),
            ),
        ),
        Command.group(
            "token",
            "what programs come with",
            (
                Command("create", "make a token; it is shown once", _token, _act("create_token")),
                Command("list", "show tokens, never their text", _whose, _act("show_tokens")),
                Command("revoke", "end a token", _token_id, _act("revoke_token")),
            ),
        ),
    )


def site_url(apps: Sequence[App], effective: Effective) -> str:
    """Where people log in: the first app that says so; empty when none does."""
    return next((app.people_url(effective) for app in apps if app.people_url is not None), "")


def _act(name: str) -> Run:
    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.auth import command_actions as actions  # noqa: PLC0415  the driver

        return actions.perform(name, given, effective)

    return run


def _link(apps: Sequence[App]) -> Run:
    def run(_: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.auth import command_actions as actions  # noqa: PLC0415  the driver

        print(actions.make_first_link(effective, site_url(apps, effective)))
        return 0

    return run


def _nothing(_: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the account")


def _roles(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument(
        "role",
        nargs="+",
        metavar="ROLE",
        choices=[role.value for role in Role],
        help=", ".join(role.value for role in Role),
    )
    parser.add_argument("--subject", default="", help="a student's id, an airline's code")


def _add(parser: argparse.ArgumentParser) -> None:
    _roles(parser)
    parser.add_argument(
        "--no-password", action="store_true", help="for tokens or a university's log-in only"
    )


def _whose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="only this account's")


def _token(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--for", dest="purpose", default="made by hand", help="what it is for")
    parser.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="SCOPE",
        choices=[action.value for action in Action],
        help="one thing it may do; else all that the account may: "
        + ", ".join(action.value for action in Action),
    )
    parser.add_argument(
        "--days", type=int, default=DEFAULT_DAYS, help=f"until it ends; {DEFAULT_DAYS} by default"
    )


def _token_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("token_id", metavar="ID", help="as `holdfast token list` shows it")


def _limit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=50, help="how many entries")
