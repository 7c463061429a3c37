"""The fleet's key file: one secret a line, the first signs, all verify. Made once, shared by all.

Whoever can read it can become a member, so it is made for its owner only, and its secrets never
appear in messages. Rotation: add the new key as second line everywhere, then make it the first
line everywhere, then remove the old one.
"""

from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.membership.wire import MIN_SECRET_BYTES, Keyring
from holdfast.platform.runtime.secrets import ensure_key

MAX_FILE_BYTES = 65_536
"""A key file is a few lines; anything larger is the wrong file."""


def load_keyring(path: Path) -> Keyring:
    """The keys in a file; `Mistake` when there is none, or none that is long enough."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Mistake(f"The fleet's key file {path} cannot be read: {error.strerror}.") from error
    if len(raw) > MAX_FILE_BYTES:
        raise Mistake(f"The fleet's key file {path} has {len(raw)} bytes: not a key file.")
    lines = (line.strip() for line in raw.splitlines())
    keys = [line for line in lines if line and not line.startswith(b"#")]
    try:
        return Keyring.of(keys)
    except ValueError:
        raise Mistake(
            f"The fleet's key file {path} needs a line of at least {MIN_SECRET_BYTES} characters "
            "for each key; `openssl rand -hex 32` makes one."
        ) from None


def ensure_keyring(path: Path) -> Keyring:
    """The keys in a file, which is made with a fresh key if there is none."""
    ensure_key(path)
    return load_keyring(path)
