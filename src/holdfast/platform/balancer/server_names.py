"""How an operator writes TLS down: certificates of a listener, and where server names lead.

`balancer.tls` has entries `LISTENER[@PORT]=CERTIFICATE[:KEY]`: with a port, TLS gets one of its
own beside the plain one; without, the listener itself speaks TLS. `balancer.sni` has entries
`LISTENER[@PORT]:NAME=TARGET`: who asks for NAME there is served as if by the listener TARGET.
A name may begin with `*.`, which stands for exactly one label.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from holdfast.errors import Mistake
from holdfast.platform.runtime.app import Listener

T = TypeVar("T")

_TLS_FORM = "listener=certificate.pem:key.pem, or listener@port=certificate.pem:key.pem"
_SNI_FORM = "listener:server.name=listener"
_DOOR = re.compile(r"[^@:=\s]+(?:@(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where a certificate (with its chain) and its key are; both may be one file."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class TlsEntry:
    """One entry of `balancer.tls`. `door`: the listener's name, with `@port` if TLS has its own."""

    door: str
    files: CertificateFiles


@dataclass(frozen=True, slots=True)
class SniEntry:
    """One entry of `balancer.sni`."""

    door: str
    server_name: str
    target: str


def tls_entries(texts: Iterable[str]) -> list[TlsEntry]:
    """What `balancer.tls` says; `ValueError` names the entry and the form that is due."""
    found = []
    for text in texts:
        door, equals, files = text.partition("=")
        certificate, _, key = files.rpartition(":")
        certificate = certificate or key
        if not equals or not _is_door(door) or not certificate.strip() or not key.strip():
            raise ValueError(f"balancer.tls has {text!r}; an entry is {_TLS_FORM}")
        files_of = CertificateFiles(Path(certificate).expanduser(), Path(key).expanduser())
        found.append(TlsEntry(door, files_of))
    return found


def sni_entries(texts: Iterable[str]) -> list[SniEntry]:
    """What `balancer.sni` says; `ValueError` names the entry and the form that is due."""
    found = []
    for text in texts:
        left, equals, target = text.partition("=")
        door, _, name = left.partition(":")
        name = name.lower().removesuffix(".")
        if not equals or not target or not _is_door(door) or not _NAME.fullmatch(name):
            raise ValueError(f"balancer.sni has {text!r}; an entry is {_SNI_FORM}")
        found.append(SniEntry(door, name, target))
    return found


def with_tls_ports(
    listeners: Sequence[Listener], tls: Sequence[TlsEntry], sni: Sequence[SniEntry]
) -> list[Listener]:
    """All listeners, those included that only `balancer.tls` asks for. Ports without the offset.
    `Mistake` when a setting names a TCP listener that there is not."""
    plain = {listener.name: listener for listener in listeners if listener.transport == "tcp"}
    known = dict(plain)
    for entry in tls:
        name, at, port = entry.door.partition("@")
        if name not in plain:
            raise _unknown("tls", name, plain)
        if at:
            known[entry.door] = replace(plain[name], name=entry.door, port=int(port))
    for route in sni:
        for name in (route.door, route.target):
            if name not in known:
                raise _unknown("sni", name, known)
    return [*listeners, *(each for name, each in known.items() if name not in plain)]


def found_by_name(table: Mapping[str, T], name: str | None) -> T | None:
    """What a table of server names has for one: the name itself, else its `*.` entry."""
    if name is None:
        return None
    found = table.get(name)
    return found if found is not None else table.get("*." + name.partition(".")[2])


def _unknown(key: str, name: str, known: Iterable[str]) -> Mistake:
    return Mistake(f"balancer.{key} names the listener {name}; there are {', '.join(known)}.")


def _is_door(text: str) -> bool:
    match = _DOOR.fullmatch(text)
    return match is not None and int(match["port"] or 0) <= 65_535
