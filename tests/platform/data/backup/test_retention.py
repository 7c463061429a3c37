"""The newest good base backups stay with all the log they need, whatever is damaged."""

import os
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.data.backup.archive import PACKED, wal_folder
from holdfast.platform.data.backup.bases import Base, base_folder, bases_in
from holdfast.platform.data.backup.retention import prune
from holdfast.platform.data.backup.segments import name_of, number_of
from tests.platform.data.backup.test_bases import put


def shelf(folder: Path, bases: int) -> list[str]:
    """So many base backups, each a file of the log after the other; their names."""
    names = [f"202611{day:02}T000000Z" for day in range(1, bases + 1)]
    for number, name in enumerate(names, start=1):
        put(folder, name, f"0/{number:X}000028")
    wal = wal_folder(folder)
    wal.mkdir(exist_ok=True, parents=True)
    for number in range(bases + 3):
        (wal / f"{name_of(1, number)}{PACKED}").write_bytes(b"")
    return names


def good(_: Base) -> bool:
    return True


def test_old_ones_go_with_the_log_that_only_they_needed(tmp_path: Path) -> None:
    names = shelf(tmp_path, 4)
    (wal_folder(tmp_path) / f"00000002.history{PACKED}").write_bytes(b"")
    (wal_folder(tmp_path) / f"{name_of(1, 1)}.00000028.backup{PACKED}").write_bytes(b"")
    (wal_folder(tmp_path) / "stranger").write_bytes(b"")
    done = prune(tmp_path, 2, good)
    assert done.removed == tuple(names[:2])
    assert done.log_files == 4  # 0, 1, 1's label, 2
    left = {path.name for path in wal_folder(tmp_path).iterdir()}
    kept = {f"{name_of(1, n)}{PACKED}" for n in (3, 4, 5, 6)}
    assert left == kept | {f"00000002.history{PACKED}", "stranger"}
    assert sorted(path.name for path in base_folder(tmp_path).iterdir()) == names[2:]


def test_a_damaged_one_is_not_counted_and_not_removed(tmp_path: Path) -> None:
    names = shelf(tmp_path, 3)
    done = prune(tmp_path, 1, lambda base: base.receipt.name != names[2])
    assert done.removed == (names[0],)
    assert done.damaged == (names[2],)
    assert [base.receipt.name for base in bases_in(tmp_path)] == names[1:]


def test_when_nothing_is_good_nothing_is_removed(tmp_path: Path) -> None:
    shelf(tmp_path, 3)
    done = prune(tmp_path, 1, lambda _: False)
    assert (done.removed, done.log_files, len(done.damaged)) == ((), 0, 3)
    assert len(bases_in(tmp_path)) == 3


def test_what_a_killed_server_had_begun_goes_after_a_while(tmp_path: Path) -> None:
    shelf(tmp_path, 1)
    wal = wal_folder(tmp_path)
    begun, fresh, other = (wal / f".{name_of(1, 9)}.77", wal / f".{name_of(1, 9)}.78", wal / ".x.y")
    for path in (begun, fresh, other):
        path.write_bytes(b"")
    for path in (begun, other):
        os.utime(path, (1, 1))
    prune(tmp_path, 1, good)
    assert not begun.exists()
    assert fresh.exists()
    assert other.exists()


def test_without_base_backups_the_log_stays(tmp_path: Path) -> None:
    shelf(tmp_path, 0)
    assert prune(tmp_path, 1, good).log_files == 0


@given(data=st.data())
def test_the_newest_good_one_always_stays_with_its_log(
    data: st.DataObject,
) -> None:

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        names = shelf(folder, data.draw(st.integers(1, 5)))
        is_good = data.draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names)))
        table = dict(zip(names, is_good, strict=True))
        before = {name for name in names if table[name]}
        prune(folder, data.draw(st.integers(0, 4)), lambda base: table[base.receipt.name])
        left = bases_in(folder)
        if before:
            assert max(before) in {base.receipt.name for base in left}
        log = {path.name.removesuffix(PACKED) for path in wal_folder(folder).iterdir()}
        for base in left:
            first = number_of(base.receipt.first_segment)
            assert {name_of(1, n) for n in range(first, len(names) + 3)} <= log
