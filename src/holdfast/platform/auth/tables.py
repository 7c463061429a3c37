"""The law of identity's tables: the schema `people`, which the platform owns.

Which processes let people in is for the apps to say (`Process.lets_people_in`): each of them gets
the same rights, from `roles.sql`. Those where people only log in (`logs_people_in`) reach accounts
and sessions. Those that only `records_acts` add to the audit log and read nothing. Nobody else
reaches an account.
"""

from collections.abc import Iterable
from pathlib import Path

from holdfast.platform.runtime.app import App
from holdfast.platform.runtime.schema import Role, Schema, UseCase

SCHEMA = "people"
FOLDER = Path(__file__).parent
MIGRATIONS = FOLDER / "migrations"

_USES = (
    UseCase("know an account", ("account", "account_of", "accounts")),
    UseCase("keep accounts", ("add_account", "set_password", "set_disabled", "set_roles")),
    UseCase(
        "log in and out",
        ("open_session", "session", "see_session", "close_session", "close_sessions"),
    ),
    UseCase("log in at a university", ("begin_sign_in", "end_sign_in")),
    UseCase("make the first admin", ("put_link", "use_link")),
    UseCase("know a program", ("add_token", "token", "tokens", "revoke_token", "use_token")),
    UseCase(
        "slow guessing down",
        ("make_counters", "lock_counters", "count_tries", "clear_tries", "lower_tries"),
    ),
    UseCase("write down and show what was done", ("record", "entries")),
    UseCase("forget", ("sweep_sessions", "sweep_sign_ins", "sweep_links", "sweep_tries")),
)

_LOGS_IN = (
    UseCase("know an account", ("account",)),
    UseCase("change one's own password", ("set_password",)),
    UseCase(
        "log in and out",
        ("open_session", "session", "see_session", "close_session", "close_sessions"),
    ),
    UseCase(
        "slow guessing down",
        ("make_counters", "lock_counters", "count_tries", "clear_tries", "lower_tries"),
    ),
    UseCase("write down what was done", ("record",)),
    UseCase("forget", ("sweep_sessions", "sweep_tries")),
)

_WRITES = (UseCase("write down what was done", ("record",)),)


def people_schema(apps: Iterable[App]) -> Schema:
    """The schema, with a role for each process of the apps that lets people in, or where they log
    in, and one that writes down what they do for each that says so."""
    processes = [process for app in apps for process in app.processes]
    inside = tuple(Role(one.name, _USES) for one in processes if one.lets_people_in)
    front = tuple(Role(one.name, _LOGS_IN) for one in processes if one.logs_people_in)
    known = {role.process for role in inside + front}
    writing = tuple(
        Role(one.name, _WRITES) for one in processes if one.records_acts and one.name not in known
    )
    return Schema(
        name=SCHEMA,
        migrations=MIGRATIONS,
        queries=FOLDER / "queries.sql",
        rights=FOLDER / "roles.sql",
        roles=inside + front + writing,
        groups={"inside": inside, "front": inside + front},
    )
