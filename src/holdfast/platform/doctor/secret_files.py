"""The law of secret files: rights and a certificate's end are looked at; no secret is read."""

import os
import stat
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509

from holdfast.errors import Mistake
from holdfast.platform.balancer.certificates import Certificates
from holdfast.platform.balancer.server_names import TlsEntry
from holdfast.platform.doctor.facts import Certificate, SecretFile

PATTERNS = ("*.token", "*.key", "*.dsn", "*.password", "roles/*.dsn")
MAX_FILES = 500
"""A data folder has some dozens."""
MAX_CERTIFICATE_BYTES = 1 << 20


def look_at_secrets(data: Path, named: Iterable[Path] = ()) -> list[SecretFile]:
    """The files with secrets of a data folder, and others that the settings name."""
    paths = [path for pattern in PATTERNS for path in sorted(data.glob(pattern))]
    paths += [path for path in named if path.is_file()]
    found = []
    for path in paths[:MAX_FILES]:
        try:
            facts = path.stat()
        except OSError:
            continue
        mine = os.geteuid() in (0, facts.st_uid)
        found.append(SecretFile(str(path), stat.S_IMODE(facts.st_mode), mine))
    return found


def look_at_certificates(entries: Iterable[TlsEntry]) -> list[Certificate]:
    """The certificates of TLS listeners, as the balancer would take them."""
    return [_certificate(entry) for entry in entries]


def _certificate(entry: TlsEntry) -> Certificate:
    path = Path(entry.files.certificate)
    try:
        Certificates([entry.files])
        return Certificate(entry.door, _end_of(path))
    except Mistake as mistake:
        return Certificate(entry.door, error=str(mistake))
    except (OSError, ValueError) as error:
        return Certificate(entry.door, error=f"{path} cannot be read: {error}.")


def _end_of(path: Path) -> datetime:
    with path.open("rb") as file:
        first = x509.load_pem_x509_certificates(file.read(MAX_CERTIFICATE_BYTES))[0]
    return first.not_valid_after_utc
