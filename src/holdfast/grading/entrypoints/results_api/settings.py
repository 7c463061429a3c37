"""The law of the `[results]` section: who may see results, whose they are, when nodes are lost.

Tokens are files: an empty name means a file in the data folder that is made on first use.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from holdfast.errors import Mistake
from holdfast.platform.runtime.secrets import ensure_key, read_key
from holdfast.platform.runtime.setting import setting
from holdfast.platform.runtime.settings import FleetSettings


@dataclass(frozen=True, slots=True)
class ResultsSettings:
    """Keys of `[results]`."""

    course: str = setting("course", "Name of the course; its results stand apart from others'.")
    access: Literal["auto", "open", "token"] = setting(
        "auto", "Who may read: everybody, or who has a token; auto: open on loopback only."
    )
    identity: Literal["open", "claimed", "pin"] = setting(
        "open",
        "open: an id is enough; claimed: students claim their id with a token first; pin: the id"
        " is a secret, pages show pseudonyms.",
    )
    claim_s: float = setting(43_200.0, "How long a claimed address may act.", minimum=1.0)
    viewer_token_file: str = setting("", "Token that may read; empty: in the data folder.")
    admin_token_file: str = setting("", "Token that may import rosters; empty: in the data folder.")
    service_token_file: str = setting("", "Token of the nodes; empty: in the data folder.")
    claim_key_file: str = setting("", "Key of the students' tokens; empty: in the data folder.")
    silence_s: float = setting(
        5.0, "Attempts of a node that is silent for so long are closed.", minimum=0.5
    )
    reap_every_s: float = setting(1.0, "How often silent nodes are looked for.", minimum=0.05)
    watchers: int = setting(500, "Open pages with live updates at most.", minimum=1)
    heartbeat_s: float = setting(15.0, "A live stream says something so often.", minimum=0.1)
    page_cache_s: float = setting(
        5.0,
        "An answer for many is made anew after so long, if nothing happened before; 0: always.",
        minimum=0.0,
        maximum=60.0,
    )
    page_cache_mb: int = setting(
        64, "Such answers take so much memory at most.", minimum=1, maximum=4096
    )
    connections: int = setting(2_000, "Connections at most, pages and nodes.", minimum=10)

    def __post_init__(self) -> None:
        if not is_course_name(self.course):
            raise ValueError(f"the course {self.course!r} needs a name like networks-2026")


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The tokens and keys of a results API, read from their files."""

    viewer: bytes
    admin: bytes
    service: bytes
    claim_key: bytes


def read_secrets(settings: ResultsSettings, data: Path) -> Secrets:
    """All secrets; those without a file name are made in `data` on first use. `Mistake` names the
    file that is not there or not good enough."""
    return Secrets(
        viewer=_secret(settings.viewer_token_file, data / "viewer.token"),
        admin=_secret(settings.admin_token_file, data / "admin.token"),
        service=service_token(settings, data),
        claim_key=_secret(settings.claim_key_file, data / "claim.key"),
    )


def service_token(settings: ResultsSettings, data: Path) -> bytes:
    """The token with which nodes come to the results API."""
    return _secret(settings.service_token_file, data / "service.token")


def is_open(settings: ResultsSettings, fleet: FleetSettings) -> bool:
    """Whether everybody may read: by the setting, or because only this machine can reach us."""
    if settings.access != "auto":
        return settings.access == "open"
    try:
        return ip_address(fleet.host).is_loopback
    except ValueError:
        return fleet.host == "localhost"


def is_course_name(text: str) -> bool:
    """Lower-case letters, digits, `-` and `_`, at most 63, beginning with a letter or digit."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    return 0 < len(text) <= 63 and set(text) <= allowed and text[0] not in "-_"


def _secret(named: str, usual: Path) -> bytes:
    if not named:
        return ensure_key(usual)
    try:
        return read_key(Path(named))
    except FileNotFoundError:
        raise Mistake(f"The token file {named} does not exist.") from None
