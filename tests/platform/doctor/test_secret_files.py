"""Secrets' rights and certificates' ends, of real files."""

from pathlib import Path

from holdfast.platform.balancer.server_names import tls_entries
from holdfast.platform.doctor.secret_files import look_at_certificates, look_at_secrets
from tests.support.tls_keys import certificate, entry


def test_the_rights_of_all_files_with_secrets_are_seen(tmp_path: Path) -> None:
    (tmp_path / "roles").mkdir()
    for name in ("viewer.token", "fleet.key", "database.dsn", "roles/node.dsn", "notes.txt"):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o640)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x")
    elsewhere.chmod(0o600)
    found = {Path(one.path).name: one.mode for one in look_at_secrets(tmp_path, [elsewhere])}
    assert found == {
        "viewer.token": 0o640,
        "fleet.key": 0o640,
        "database.dsn": 0o640,
        "node.dsn": 0o640,
        "elsewhere": 0o600,
    }


def test_a_certificates_end_is_read(tmp_path: Path) -> None:
    (found,) = look_at_certificates(tls_entries([entry("results", certificate(tmp_path, "x"))]))
    assert found.error == ""
    assert found.ends_at is not None


def test_a_certificate_that_is_not_there_says_so(tmp_path: Path) -> None:
    entries = tls_entries([f"results={tmp_path}/no.pem:{tmp_path}/no.key"])
    (found,) = look_at_certificates(entries)
    assert "no.pem" in found.error
