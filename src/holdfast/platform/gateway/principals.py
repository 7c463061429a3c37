"""PURE. The law of principals: who asks, as far as what they bring tells, for the rates only.

A bearer token counts, and a session's cookie where there is none, as with the services behind. Only
what has the form of one counts, and only its hash is kept. Whether it opens anything is not known
here: nobody gets more by it than a bucket of their own (`limits`).
"""

import hashlib
import re
from collections.abc import Mapping
from typing import NewType

Principal = NewType("Principal", str)
"""A hash; empty for nobody."""
NOBODY = Principal("")
COOKIE, SECURE_COOKIE = b"holdfast_session", b"__Host-holdfast_session"
"""Those of `auth.passport`, which is not pure. A site that shares its host with others has a name
of its own, which begins so: `holdfast_session_travel`."""
MAX_TOKEN_CHARS = 4096
"""Tokens of ours have 60; those of others, with claims inside, a few kB."""
MAX_COOKIE_BYTES = 8192
"""Of the header: services read no longer one either."""
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/-]+=*")
_SESSION = re.compile(
    rb"(?:^|;)[ \t]*(%s|%s)(?:_[a-z]{1,20})?=([A-Za-z0-9_-]{43})[ \t]*(?=;|$)"
    % (re.escape(SECURE_COOKIE), re.escape(COOKIE))
)


def principal_of(headers: Mapping[bytes, bytes]) -> Principal:
    """Who asks, by these headers, names in lower case."""
    told = headers.get(b"authorization")
    if told is not None:
        kind, _, token = told.partition(b" ")
        token = token.strip()
        if kind.lower() == b"bearer":
            is_one = len(token) <= MAX_TOKEN_CHARS and _TOKEN.fullmatch(token)
            return _hash(b"token " + token) if is_one else NOBODY
    cookie = headers.get(b"cookie")
    if cookie is None or len(cookie) > MAX_COOKIE_BYTES:
        return NOBODY
    found = dict(_SESSION.findall(cookie))
    session = found.get(SECURE_COOKIE) or found.get(COOKIE)
    return _hash(b"session " + session) if session else NOBODY


def _hash(secret: bytes) -> Principal:
    return Principal(hashlib.sha256(secret).hexdigest()[:32])
