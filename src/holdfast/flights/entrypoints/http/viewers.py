"""The law of viewers: who looks behind a token, for the promise that his prices do not rise (G3).

PURE. A client that serves many people names each with `X-Viewer`; a browser keeps the cookie that
the first answer sets; without either everybody behind a token is one viewer. A cookie names the
search of that first answer and is sealed for one token; one that we did not make, or made for
another token, is as good as none.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from holdfast.flights.entrypoints.http.faults import invalid_field
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from holdfast.flights.service.ports.access import Caller

VIEWER_HEADER = "X-Viewer"
MAX_VIEWER_CHARS = 128
VIEWER_PATTERN = r"^[!-~]{1,128}$"
COOKIE = "holdfast_viewer"
PATH = "/air"
MAX_COOKIES_CHARS = 4096
"""Of a `Cookie` header that is looked at; browsers send less to one host."""
_PURPOSE = b"holdfast flights viewer 1|"
_NAMED = re.compile(r"[!-~]{1,128}", re.ASCII)
_VALUE = re.compile(r"([A-Za-z0-9_]{1,64})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. `first` and `since`: the search whose answer gave him his cookie, and when that
    was. `is_new`: he gets a cookie, and looks as the token until he brings it."""

    id: str
    first: str | None = None
    since: datetime | None = None
    is_new: bool = False


class Viewers:
    """Tells viewers apart. `signer` has the installation's key."""

    __slots__ = ("_signer",)

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def viewer_of(self, caller: Caller, header: str | None, cookies: str | None) -> Viewer:
        """Who looks; `ApiFault` 422 when the header is none."""
        key = caller.looks_with
        if header is not None:
            if not _NAMED.fullmatch(header):
                due = f"1 to {MAX_VIEWER_CHARS} visible characters"
                raise invalid_field(VIEWER_HEADER, f"Header '{VIEWER_HEADER}' must be {due}.")
            return Viewer(f"{key} as {header}")
        found = _VALUE.fullmatch(_cookie(cookies)) if cookies else None
        if found is None:
            return Viewer(key, is_new=True)
        first, issued, seal = found.groups()
        if not hmac.compare_digest(self._seal(caller, first, issued), seal):
            return Viewer(key, is_new=True)
        return Viewer(f"{key} in {first}", first, datetime.fromtimestamp(int(issued), UTC))

    def set_cookie(self, caller: Caller, now: datetime, first: str) -> bytes:
        """The `Set-Cookie` of a new session, whose `first` search is answered now. Browsers keep
        it as long as they run."""
        issued = str(-int(-now.timestamp() // 1))
        value = f"{first}.{issued}.{self._seal(caller, first, issued)}"
        return f"{COOKIE}={value}; Path={PATH}; HttpOnly; SameSite=Lax".encode("ascii")

    def _seal(self, caller: Caller, first: str, issued: str) -> str:
        return self._signer.seal(_PURPOSE, f"{first}.{issued}.{caller.looks_with}")


def _cookie(cookies: str) -> str:
    """The value of our cookie in a `Cookie` header; of several the first."""
    for part in cookies[:MAX_COOKIES_CHARS].split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
