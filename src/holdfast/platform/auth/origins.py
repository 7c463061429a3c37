"""PURE. The law against forged requests: what changes something comes from a page of this site.

Browsers say so themselves (`Sec-Fetch-Site`, or `Origin`), and a page elsewhere cannot change what
they say. A request that says neither is no browser's, so it carries no cookie of somebody else.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_TARGET_CHARS = 2000
"""An address of this site with its query."""


def is_forged(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request that would change something was made by another site's page."""
    if method in SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and _place_in(origin) != headers.get("host", "").lower()


def local_target(target: str) -> str:
    """An address of this site to go on to, so that a link cannot send anybody elsewhere."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local and target.isprintable() and len(target) <= MAX_TARGET_CHARS else "/"


def _place_in(origin: str) -> str | None:
    """Host and port of an origin; None for junk, which is no place and so not ours."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
