"""The law of a file that somebody names: read up to a limit, and what is wrong with it is said.

Whoever names it is told in one sentence; nothing larger than the limit is ever held.
"""

from pathlib import Path

from holdfast.errors import Mistake

_MIB = 1 << 20


def read_given(path: Path, most_bytes: int, called: str, fix: str = "") -> bytes:
    """What is in the file, at most `most_bytes`. `Mistake` when it cannot be read or is larger:
    `called` is what its sentence calls the file, `fix` what it then says to do."""
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise Mistake(f"{called} cannot be read: {error.strerror}.") from None
    if len(data) > most_bytes:
        even = most_bytes % _MIB == 0
        size = f"{most_bytes // _MIB} MiB" if even else f"{most_bytes} bytes"
        raise Mistake(f"{called} is larger than {size}. {fix}".rstrip())
    return data
