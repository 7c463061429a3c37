"""The law of secrets: random keys in files that only their owner reads, made on first use.

Settings name the files, never the values; logs, pages and `holdfast config` show neither.
"""

import contextlib
import os
from pathlib import Path

from holdfast.errors import Mistake

KEY_BYTES = 32
"""256 bits: as strong as the HMAC-SHA256 it is for."""
MAX_KEY_BYTES = 4096
"""A larger file is no key."""


def ensure_key(path: Path) -> bytes:
    """The key in `path`; made now (mode 0600) when there is none, whoever else does the same."""
    with contextlib.suppress(FileNotFoundError):
        return read_key(path)
    write_private(path, os.urandom(KEY_BYTES).hex() + "\n", replace=False)
    return read_key(path)


def read_key(path: Path) -> bytes:
    """The key in `path`, without surrounding blanks. `FileNotFoundError` when there is none;
    `Mistake` when it cannot be read or is too short to be safe."""
    try:
        with path.open("rb") as file:
            key = file.read(MAX_KEY_BYTES + 1).strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Mistake(f"The key file {path} cannot be read: {error.strerror}.") from None
    if not KEY_BYTES // 2 <= len(key) <= MAX_KEY_BYTES:
        raise Mistake(f"The key file {path} must hold {KEY_BYTES // 2} to {MAX_KEY_BYTES} bytes.")
    return key


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file that only its owner reads: whole or not at all, also when power fails.

    With `replace=False` an existing file stays as it is: the first writer wins.
    """
    fresh = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            fresh.replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
    except OSError as error:
        raise Mistake(f"The file {path} cannot be written: {error.strerror}.") from None
    finally:
        fresh.unlink(missing_ok=True)
