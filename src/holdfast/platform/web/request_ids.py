"""PURE. Request ids: 16 to 64 characters of A-Z, a-z, 0-9, `_` and `-`, in `X-Request-Id`.

Whoever is first makes one, everybody behind keeps it: one id leads through all logs. What comes in
any other form could be a forged log line or an attack on whoever reads it, and is replaced.
"""

import re
from collections.abc import Callable, Iterable

HEADER = b"x-request-id"
MIN_CHARS, MAX_CHARS = 16, 64
_FORM = re.compile(rb"[A-Za-z0-9_-]{16,64}")

Headers = Iterable[tuple[bytes, bytes]]


def brought(headers: Headers) -> str:
    """The request id that these headers bring, names in lower case; empty when there is none, more
    than one, or one in another form."""
    found = [value for name, value in headers if name == HEADER]
    return found[0].decode("ascii") if len(found) == 1 and _FORM.fullmatch(found[0]) else ""


def request_id_of(headers: Headers, draw: Callable[[], str]) -> str:
    """The id that was brought, or a new one by `draw`."""
    return brought(headers) or draw()


def with_request_id(headers: Headers, request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers with this id and no other."""
    kept = [(name, value) for name, value in headers if name != HEADER]
    return [*kept, (HEADER, request_id.encode("ascii"))]
