"""The certificates of TLS listeners: read from files, chosen by server name, read again on demand.

What is wrong with a file is a `Mistake` that names it and says what to do; while the balancer runs
the certificates read before stay in use then. An expired certificate is a warning, not a mistake:
a service that clients may still accept is better than none.
"""

import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from holdfast.errors import Mistake
from holdfast.platform.balancer.server_names import CertificateFiles, TlsEntry, found_by_name
from holdfast.platform.runtime.logs import Log

MAX_FILE_BYTES = 1 << 20
"""A certificate with a long chain has 20 kB; anything larger is the wrong file."""

_log = Log("balancer")


class Certificates:
    """The certificates of one listener; the first is for clients that name no known server."""

    def __init__(self, files: Sequence[CertificateFiles]) -> None:
        """Read them. `Mistake` when one cannot be used."""
        self._files = tuple(files)
        self._default, self._by_name = _load(self._files)

    def context(self, server_name: str | None) -> ssl.SSLContext:
        """What to shake hands with when a client asks for this server."""
        return found_by_name(self._by_name, server_name) or self._default

    def reload(self) -> Callable[[], None]:
        """Read the files again; what is returned takes them over. `Mistake` when one cannot be
        used: then there is nothing to take over, and the old ones stay in use."""
        default, by_name = _load(self._files)

        def take_over() -> None:
            self._default, self._by_name = default, by_name

        return take_over


NONE: Mapping[str, Certificates] = MappingProxyType({})


def read_certificates(entries: Iterable[TlsEntry]) -> dict[str, Certificates]:
    """The certificates of each door that has any. `Mistake` when one cannot be used."""
    files: dict[str, list[CertificateFiles]] = {}
    for entry in entries:
        files.setdefault(entry.door, []).append(entry.files)
    return {door: Certificates(each) for door, each in files.items()}


def _load(
    files: Sequence[CertificateFiles],
) -> tuple[ssl.SSLContext, dict[str, ssl.SSLContext]]:
    contexts = []
    by_name: dict[str, ssl.SSLContext] = {}
    for each in files:
        context = _context(each)
        contexts.append(context)
        for name in _names(each.certificate):
            by_name.setdefault(name, context)
    return contexts[0], by_name


def _context(files: CertificateFiles) -> ssl.SSLContext:
    for path in (files.certificate, files.key):
        _read(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    asked: list[bool] = []

    def no_passphrase() -> bytes:
        asked.append(True)
        return b""

    try:
        context.load_cert_chain(files.certificate, files.key, no_passphrase)
    except (ssl.SSLError, OSError, ValueError) as error:
        if asked:
            raise Mistake(
                f"The TLS key {files.key} is protected by a passphrase: store it without one, "
                "readable only by the balancer's user."
            ) from None
        if "MISMATCH" in str(error).upper():
            raise Mistake(
                f"The TLS key {files.key} does not belong to the certificate {files.certificate}: "
                "give the key that the certificate was made with."
            ) from None
        raise Mistake(
            f"The TLS certificate {files.certificate} with the key {files.key} cannot be used: "
            f"both must be PEM files, the certificate's own one first ({error})."
        ) from None
    return context


def _names(path: Path) -> list[str]:
    """The server names of a certificate; says so in the log when it is not valid today."""
    from cryptography import x509  # noqa: PLC0415  large, and needed for TLS only

    try:
        certificate = x509.load_pem_x509_certificate(_read(path))
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    except ValueError as error:
        raise Mistake(f"The TLS certificate {path} cannot be read: {error}.") from None
    now = datetime.now(UTC)
    if not begins <= now <= ends:
        event = "certificate_expired" if now > ends else "certificate_not_yet_valid"
        _log.warning(event, file=path, valid_from=begins.isoformat(), valid_to=ends.isoformat())
    return [name.lower().removesuffix(".") for name in names]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise Mistake(
            f"The TLS file {path} does not exist: correct balancer.tls or put it there."
        ) from None
    except OSError as error:
        raise Mistake(f"The TLS file {path} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_FILE_BYTES:
        raise Mistake(f"The TLS file {path} is longer than {MAX_FILE_BYTES} bytes: the wrong file?")
    return content
