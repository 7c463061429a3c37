"""A base backup counts when it is whole: checked, with its receipt and the keys, under its name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.backup import manifest, take
from holdfast.platform.data.backup.archive import system_of
from holdfast.platform.data.backup.bases import base_folder, bases_in
from holdfast.platform.data.backup.manifest import Damaged
from holdfast.platform.data.backup.source import Source
from holdfast.platform.data.backup.take import (
    MAX_SECRET_BYTES,
    NotTaken,
    copy_secrets,
    held,
    size_of,
    take_base,
)
from holdfast.platform.data.cluster_folder import major_of
from tests.support.backups import Stand


def test_it_has_its_receipt_and_the_keys(running: Stand, tmp_path: Path) -> None:
    data = running.plan.data
    (data / "fleet.key").write_text("key")
    began = datetime.now(UTC)
    base = take_base(running.source, tmp_path / "to", data, bin_dir=running.plan.bin_dir)
    assert bases_in(tmp_path / "to") == [base]
    receipt = base.receipt
    assert receipt.system == system_of(running.plan.folder)
    assert receipt.major == major_of(running.plan.folder)
    assert began <= receipt.started_at <= receipt.stopped_at <= datetime.now(UTC)
    assert receipt.bytes == size_of(base.data) > 1_000_000
    assert receipt.checked_by == "pg_verifybackup"
    assert [path.name for path in base.secrets.iterdir()] == ["fleet.key"]
    assert base.folder.stat().st_mode & 0o077 == 0


def failed(running: Stand, folder: Path) -> bool:
    place = base_folder(folder)
    return bases_in(folder) == [] and list(place.iterdir()) == []


def test_a_copy_that_fails_its_check_is_none(
    running: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> str:
        raise Damaged("damaged")

    monkeypatch.setattr(manifest, "check", damaged)
    with pytest.raises(Damaged):
        take_base(running.source, tmp_path, running.plan.data, bin_dir=running.plan.bin_dir)
    assert failed(running, tmp_path)


def test_a_copy_that_takes_too_long_or_is_refused_is_none(
    running: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = running.source
    wrong = Source(source.dsn, source.copying, "wrong")
    with pytest.raises(NotTaken, match="password authentication failed"):
        take_base(wrong, tmp_path, running.plan.data, bin_dir=running.plan.bin_dir)
    assert failed(running, tmp_path)
    monkeypatch.setattr(take, "COPY_S", 0.001)
    with pytest.raises(NotTaken, match="did not end"):
        take_base(source, tmp_path, running.plan.data, bin_dir=running.plan.bin_dir)
    assert failed(running, tmp_path)


def test_only_one_works_on_a_folder(tmp_path: Path) -> None:
    with held(tmp_path / "to"), pytest.raises(Mistake, match="under way"), held(tmp_path / "to"):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="cannot be used"), held(tmp_path / "file"):
        pass


def test_keys_and_tokens_are_copied_and_nothing_else(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    for name in ("a.key", "b.token", "database.password", "postgres.log"):
        (source / name).write_text(name)
    (source / "link.key").symlink_to(source / "postgres.log")
    (source / "folder.key").mkdir()
    (source / "long.key").write_text("x" * (MAX_SECRET_BYTES + 1))
    copy_secrets(source, target)
    assert sorted(path.name for path in target.iterdir()) == ["a.key", "b.token", "long.key"]
    assert {path.stat().st_mode & 0o777 for path in target.iterdir()} == {0o600}
    assert (target / "long.key").stat().st_size == MAX_SECRET_BYTES
