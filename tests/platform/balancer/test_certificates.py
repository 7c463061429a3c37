"""Certificates from files: chosen by name, read again, and mistakes that name the file."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer import certificates as certificates_module
from holdfast.platform.balancer.certificates import Certificates
from holdfast.platform.balancer.server_names import CertificateFiles
from tests.support.tls_keys import certificate


def test_the_certificate_is_chosen_by_name_and_the_first_is_for_the_rest(tmp_path: Path) -> None:
    first = certificate(tmp_path, "a.example")
    second = certificate(tmp_path, "B.example", "*.c.example")
    made = Certificates([first, second])
    default = made.context(None)
    assert made.context("a.example") is default
    assert made.context("unknown.example") is default
    other = made.context("b.example")
    assert other is not default
    assert made.context("x.c.example") is other


def test_a_certificate_without_names_serves_everybody(tmp_path: Path) -> None:
    made = Certificates([certificate(tmp_path)])
    assert made.context("a.example") is made.context(None)


@pytest.mark.parametrize("missing", ["certificate", "key"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    files = certificate(tmp_path, "a.example")
    gone = getattr(files, missing)
    gone.unlink()
    with pytest.raises(Mistake, match=f"{gone.name} does not exist: correct balancer.tls"):
        Certificates([files])


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    one, other = certificate(tmp_path, "a.example"), certificate(tmp_path, "b.example")
    with pytest.raises(Mistake, match="does not belong to the certificate"):
        Certificates([CertificateFiles(one.certificate, other.key)])


def test_a_key_with_a_passphrase_is_no_question_at_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="is protected by a passphrase: store it without"):
        Certificates([certificate(tmp_path, "a.example", passphrase=b"secret")])


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    files = certificate(tmp_path, "a.example")
    files.certificate.write_text("no certificate")
    with pytest.raises(Mistake, match="cannot be used: both must be PEM files"):
        Certificates([files])
    with pytest.raises(Mistake, match="cannot be read"):
        Certificates([CertificateFiles(tmp_path, files.key)])


def test_a_file_that_is_far_too_long_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates_module, "MAX_FILE_BYTES", 10)
    with pytest.raises(Mistake, match="longer than 10 bytes"):
        Certificates([certificate(tmp_path, "a.example")])


@pytest.mark.parametrize(
    ("days", "event"),
    [((-9, -2), "certificate_expired"), ((2, 9), "certificate_not_yet_valid")],
)
def test_a_certificate_that_is_not_valid_today_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, days: tuple[int, int], event: str
) -> None:
    Certificates([certificate(tmp_path, "a.example", days=days)])
    assert event in caplog.text


def test_a_valid_certificate_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Certificates([certificate(tmp_path, "a.example")])
    assert caplog.text == ""


def test_reading_again_takes_the_new_files_and_keeps_the_old_ones_when_they_are_wrong(
    tmp_path: Path,
) -> None:
    files, newer = certificate(tmp_path, "a.example"), certificate(tmp_path, "b.example")
    made = Certificates([files])
    before = made.context(None)
    old = files.certificate.read_bytes()
    files.certificate.write_text("half a certificate")
    with pytest.raises(Mistake):
        made.reload()
    assert made.context(None) is before
    files.certificate.write_bytes(old)
    newer.certificate.replace(files.certificate)
    newer.key.replace(files.key)
    take_over = made.reload()
    assert made.context(None) is before, "only when it is taken over"
    take_over()
    assert made.context(None) is not before
    assert made.context("b.example") is made.context(None)
