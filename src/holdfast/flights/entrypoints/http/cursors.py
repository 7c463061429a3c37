"""The law of cursors: opaque to clients, one text key inside; what we did not write is refused.

PURE. A cursor says after (or before) which key a page goes on; endpoints with keys of several
parts join and split them. It is no secret and gives no right: whoever forges one reads their own
list from another place.
"""

import base64
import binascii

MAX_KEY_CHARS = 200
"""Keys are an id, or a moment and an id."""
MAX_CURSOR_CHARS = 4 * MAX_KEY_CHARS
"""Longer ones are not decoded."""
_PREFIX = "g2"
CURSOR_PATTERN = f"^{_PREFIX}[A-Za-z0-9_-]+$"
"""What cursors look like."""


def encode_cursor(key: str) -> str:
    """The cursor for a key of at most `MAX_KEY_CHARS` characters."""
    assert 0 < len(key) <= MAX_KEY_CHARS
    return _PREFIX + base64.urlsafe_b64encode(key.encode()).decode("ascii").rstrip("=")


def decode_cursor(cursor: str) -> str | None:
    """The key of a cursor; None when it is none of ours."""
    if not cursor.startswith(_PREFIX) or len(cursor) > MAX_CURSOR_CHARS or not cursor.isascii():
        return None
    body = cursor.removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        key = raw.decode()
    except (binascii.Error, ValueError):
        return None
    is_whole = 0 < len(key) <= MAX_KEY_CHARS and key.isprintable()
    return key if is_whole and encode_cursor(key) == cursor else None
