"""PURE. The law of headers: what a request may say, what goes on, and what every answer has.

One parser reads a request, and it is written anew for the member with a framing of our own, so two
readers never differ; what is ambiguous all the same is refused, for somebody meant something by it.
What only a proxy may say (who the client is, how it came) is dropped when a client says it. Answers
keep what the service said of their safety, and get the rest.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

Header = tuple[bytes, bytes]
"""A name in lower case, and a value."""

HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers of one hop."""
_NOT_SENT_ON = HOP | {
    b"content-length",
    b"expect",
    b"forwarded",
    b"x-holdfast-passage",
    b"x-http-method-override",
    b"x-original-url",
    b"x-real-ip",
    b"x-request-id",
    b"x-rewrite-url",
}
_NOT_SENT_BACK = HOP | {b"date", b"server", b"x-request-id"}
_ONCE = frozenset(
    {b"authorization", b"content-length", b"content-type", b"host", b"transfer-encoding"}
)
"""Headers that a request has at most once: whoever reads another one of two means another thing."""
_HOST = re.compile(rb"[A-Za-z0-9_.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(rb"/(?!/)[\x21-\x7e]*")
MAX_HEADERS = 100
"""Headers of one request; browsers send twenty."""
HSTS = b"max-age=31536000"
SAFETY: tuple[Header, ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What an answer gets when the service did not say it."""


def ambiguity(headers: Sequence[Header], target: bytes) -> str:
    """Why a request could be read in two ways; empty when it cannot."""
    if len(headers) > MAX_HEADERS:
        return f"there are more than {MAX_HEADERS} headers"
    if not _TARGET.fullmatch(target):
        return "the address does not begin with one slash, or holds what no address may"
    if not _VALUE.fullmatch(b"".join([value for _, value in headers])):
        odd = next(name for name, value in headers if not _VALUE.fullmatch(value))
        return f"the header {shown(odd)} holds a control character"
    named = dict(headers)
    if len(named) < len(headers):
        counts = Counter(name for name, _ in headers)
        twice = [name for name in _ONCE if counts[name] > 1]
        if twice:
            return f"the header {shown(min(twice))} is there twice"
    encoding, length = named.get(b"transfer-encoding"), named.get(b"content-length")
    if encoding is not None and encoding.strip().lower() != b"chunked":
        return "the transfer encoding is another one than chunked"
    if length is not None and not (length.isdigit() and len(length) <= 18):
        return "the content length is no number"
    host = named.get(b"host")
    if host is not None and not _HOST.fullmatch(host):
        return "the host is no name"
    if encoding is not None and length is not None:
        return "there are two lengths, one declared and one of chunks"
    return ""


def sent_on(headers: Iterable[Header], more: Iterable[Header]) -> list[Header]:
    """The headers that go on to a member, and ours."""
    headers = tuple(headers)
    named = _named_by_connection(headers)
    kept = [
        (name, value)
        for name, value in headers
        if name not in _NOT_SENT_ON
        and name not in named
        and not name.startswith((b"x-forwarded-", b"proxy-"))
    ]
    return [*kept, *more]


def sent_back(headers: Sequence[Header], request_id: bytes, *, secure: bool) -> list[Header]:
    """The headers that a client gets: the member's own, its id, and what makes an answer safe."""
    named = _named_by_connection(headers)
    kept = [(n, v) for n, v in headers if n not in _NOT_SENT_BACK and n not in named]
    there = dict(kept)
    kept += [header for header in SAFETY if header[0] not in there]
    kept.append((b"x-request-id", request_id))
    if secure:
        kept.append((b"strict-transport-security", HSTS))
    return kept


def shown(name: bytes) -> str:
    """A header's name in a sentence."""
    text = name[:40].decode("ascii", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)


def _named_by_connection(headers: Iterable[Header]) -> frozenset[bytes]:
    """Headers that a `Connection` header keeps to its hop."""
    words = [value for name, value in headers if name == b"connection"]
    if not words:
        return frozenset()
    return frozenset(part.strip().lower() for value in words for part in value.split(b","))
