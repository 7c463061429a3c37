"""Where the database's address comes from."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.settings import DatabaseSettings, address_in


def test_a_dsn_is_taken_as_it_is() -> None:
    assert address_in(DatabaseSettings(dsn="postgresql://x")) == "postgresql://x"


def test_a_file_holds_the_address_without_the_line_end(tmp_path: Path) -> None:
    file = tmp_path / "dsn"
    file.write_text("postgresql://x\n")
    assert address_in(DatabaseSettings(dsn_file=str(file))) == "postgresql://x"


def test_no_address_at_all_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"Set database.dsn"):
        address_in(DatabaseSettings())
    with pytest.raises(Mistake, match="none cannot be read: No such file"):
        address_in(DatabaseSettings(dsn_file=str(tmp_path / "none")))
    empty = tmp_path / "empty"
    empty.write_text(" \n")
    with pytest.raises(Mistake, match="empty is empty"):
        address_in(DatabaseSettings(dsn_file=str(empty)))
    empty.write_bytes(b"\xff")
    with pytest.raises(Mistake, match="it is no text"):
        address_in(DatabaseSettings(dsn_file=str(empty)))
