"""Only a base backup with a readable receipt and a name of ours is one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.backup.bases import (
    RECEIPT,
    Base,
    Receipt,
    base_folder,
    bases_in,
    name_at,
    one_of,
    read_receipt,
    write_receipt,
)

AT = datetime(2026, 11, 26, 20, 15, 30, tzinfo=UTC)


def receipt(name: str = "20261126T201530Z", start: str = "0/3000028") -> Receipt:
    return Receipt(name, "7", 1, start, "0/3000100", AT, AT, 1000, 15, "holdfast", "0.1.0")


def put(folder: Path, name: str, start: str = "0/3000028") -> Base:
    place = base_folder(folder) / name
    place.mkdir(parents=True)
    write_receipt(place, receipt(name, start))
    return Base(place, receipt(name, start))


def test_a_receipt_is_what_was_written_and_private(tmp_path: Path) -> None:
    write_receipt(tmp_path, receipt())
    assert read_receipt(tmp_path) == receipt()
    assert (tmp_path / RECEIPT).stat().st_mode & 0o777 == 0o600
    assert receipt().first_segment == "000000010000000000000003"


@pytest.mark.parametrize("text", ["", "{}", "[]", "no json", '{"name": 1}'])
def test_what_is_no_receipt_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / RECEIPT).write_text(text)
    assert read_receipt(tmp_path) is None


def test_a_receipt_with_a_position_that_is_none_is_none(tmp_path: Path) -> None:
    write_receipt(tmp_path, receipt(start="soon"))
    assert read_receipt(tmp_path) is None


def test_bases_are_listed_oldest_first_and_others_are_not_there(tmp_path: Path) -> None:
    assert bases_in(tmp_path) == []
    later = put(tmp_path, "20261127T000000Z")
    first = put(tmp_path, "20261126T201530Z")
    put(tmp_path, ".unfinished-20261126T201530Z")
    put(tmp_path, ".gone-20261126T201530Z")
    (base_folder(tmp_path) / "20261128T000000Z").mkdir()
    assert bases_in(tmp_path) == [first, later]
    assert one_of(tmp_path, "20261127T000000Z") == later
    with pytest.raises(Mistake, match="no base backup tomorrow"):
        one_of(tmp_path, "tomorrow")
    assert first.data.parent == first.secrets.parent == first.folder


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    assert name_at(tmp_path, AT) == "20261126T201530Z"
    put(tmp_path, "20261126T201530Z")
    assert name_at(tmp_path, AT) == "20261126T201530Z-2"
    put(tmp_path, "20261126T201530Z-2")
    assert name_at(tmp_path, AT) == "20261126T201530Z-3"
    assert len(bases_in(tmp_path)) == 2
