"""Named statements: each with a name and a reason, one statement each."""

from pathlib import Path

import pytest

from holdfast.platform.data.queries import Statement, load, parse

TEXT = """-- Statements of the zoo.

-- name: pet
-- One pet by its id ($1).
-- None when there is none.
SELECT name, ';' AS mark -- a comment; with a semicolon
FROM pets WHERE id = $1;

-- name: add_pet
INSERT INTO pets VALUES ($1, $$a;b$$)
"""


def test_statements_have_name_text_and_documentation() -> None:
    queries = parse(TEXT)
    assert list(queries) == ["pet", "add_pet"]
    assert len(queries) == 2
    assert queries.pet.name == "pet"
    assert queries.pet.doc == "One pet by its id ($1).\nNone when there is none."
    assert queries.pet.sql.startswith("SELECT name")
    assert queries.pet.sql.endswith("WHERE id = $1")
    assert queries["add_pet"] == Statement("add_pet", "INSERT INTO pets VALUES ($1, $$a;b$$)")


def test_a_file_is_loaded_and_named_in_complaints(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text(TEXT)
    assert load(file).pet.name == "pet"
    file.write_text("SELECT 1;")
    with pytest.raises(ValueError, match=r"queries.sql:1: SQL before the first"):
        load(file)


def test_an_unknown_name_suggests_the_nearest() -> None:
    queries = parse(TEXT)
    with pytest.raises(AttributeError, match="named add_pets; did you mean add_pet"):
        _ = queries.add_pets
    with pytest.raises(AttributeError, match=r"no statement is named quite_other$"):
        _ = queries.quite_other
    with pytest.raises(KeyError):
        queries["pets"]
    with pytest.raises(AttributeError, match="_private"):
        _ = queries._private


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", r":3: a is there twice"),
        ("-- name: A-b\nSELECT 1;", r":1: A-b is not a lower_case name"),
        ("-- name: a\n-- only a comment\n", "a has no SQL"),
        ("-- name: a\nSELECT 1; SELECT 2;", "a holds more than one statement"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(text)


def test_an_empty_file_has_no_statements() -> None:
    assert len(parse("-- nothing yet\n\n")) == 0
