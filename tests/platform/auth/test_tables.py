"""The schema `people`: a part in it for each process that lets people in."""

from holdfast.apps import APPS
from holdfast.platform.auth.statements import SQL
from holdfast.platform.auth.tables import people_schema
from holdfast.platform.data.migrate import migrations_in


def test_who_lets_people_in_has_a_part_in_the_schema() -> None:
    schema = people_schema(APPS)
    assert "results-api" in {role.process for role in schema.roles}
    assert "node" not in {role.process for role in schema.roles}
    assert people_schema(()).roles == ()


def test_who_only_writes_down_what_is_done_reads_nothing() -> None:
    (ingest,) = [one for one in people_schema(APPS).roles if one.process == "flights-ingest"]
    assert ingest.statements == {"record"}


def test_where_people_only_log_in_nothing_is_known_of_programs_and_of_what_was_done() -> None:
    (pages,) = [one for one in people_schema(APPS).roles if one.process == "flights-pages"]
    assert {"account", "session", "open_session", "record"} <= pages.statements
    hidden = {"accounts", "add_account", "set_roles", "token", "tokens", "put_link", "entries"}
    assert not pages.statements & hidden


def test_every_statement_is_somebodys_and_the_scripts_are_in_order() -> None:
    schema = people_schema(APPS)
    assert {name for role in schema.roles for name in role.statements} == set(SQL)
    assert migrations_in(schema.migrations)
