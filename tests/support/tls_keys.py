"""Certificates made for one test: self-signed, with the names and the dates it wants."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from holdfast.platform.balancer.server_names import CertificateFiles

DAY = timedelta(days=1)


def certificate(
    folder: Path, *names: str, days: tuple[int, int] = (-1, 30), passphrase: bytes = b""
) -> CertificateFiles:
    """Files of a new key and its certificate; `days`: from and to, counted from today."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0] if names else "nobody")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
    )
    if names:
        told = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(told, critical=False)
    made = builder.sign(key, hashes.SHA256())
    stem = f"{names[0] if names else 'nobody'}-{made.serial_number % 10_000}".replace("*", "any")
    files = CertificateFiles(folder / f"{stem}.pem", folder / f"{stem}.key")
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    protection: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
    )
    return files


def trusting(*files: CertificateFiles) -> ssl.SSLContext:
    """A client that trusts these certificates and no others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for each in files:
        context.load_verify_locations(each.certificate)
    return context


def entry(door: str, files: CertificateFiles) -> str:
    """How `balancer.tls` says it."""
    return f"{door}={files.certificate}:{files.key}"
