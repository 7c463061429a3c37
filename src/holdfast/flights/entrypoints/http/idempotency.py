"""The law of one effect: a writing call with an `Idempotency-Key` is answered once and replayed.

A handler that stores its answer in its own transaction returns that `StoredAnswer`; what others
return is kept afterwards. Whoever comes second, or loses a race, gets the bytes of the first.
Only successes are kept: a failed call left nothing, so the same key may try again.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

from holdfast.flights.entrypoints.http.faults import invalid_field, key_reused, unavailable
from holdfast.flights.service.ports.access import (
    AnsweredBefore,
    Once,
    Remembered,
    StoredAnswer,
)

KEY_HEADER = "Idempotency-Key"
MAX_KEY_CHARS = 255
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_CHARS}}}", re.ASCII)
LAST_STORED = 499
"""Beyond, an answer speaks of a failure of ours, which another try may not meet."""


def once_of(owner: str, key: str | None, method: str, target: str, body: bytes) -> Once | None:
    """The call as one that has one effect, None without a key; `ApiFault` 422 for a bad one."""
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        due = f"'{KEY_HEADER}' must have 1 to {MAX_KEY_CHARS} visible ASCII characters."
        raise invalid_field(KEY_HEADER, due)
    asked = hashlib.sha256(f"{method} {target}\n".encode("utf-8", "replace"))
    asked.update(body)
    return Once(owner, key, asked.digest())


async def answer_once(
    remembered: Remembered,
    once: Once,
    perform: Callable[[], Awaitable[tuple[StoredAnswer, bool]]],
) -> tuple[StoredAnswer, bool]:
    """The answer of a call, and whether it is a replay.

    `perform` returns an answer and whether it is kept already.
    """
    stored = await _replay(remembered, once)
    if stored:
        return stored, True
    try:
        answer, is_kept = await perform()
    except AnsweredBefore:
        return await _first(remembered, once), True
    if is_kept or answer.status > LAST_STORED:
        return answer, False
    if await remembered.keep(once, answer.status, answer.body):
        return answer, False
    return await _first(remembered, once), True


async def _first(remembered: Remembered, once: Once) -> StoredAnswer:
    """The answer of whoever was first; they have committed, so it is there unless swept."""
    stored = await _replay(remembered, once)
    if stored is None:
        raise unavailable()
    return stored


async def _replay(remembered: Remembered, once: Once) -> StoredAnswer | None:
    stored = await remembered.recall(once)
    if stored and stored.request_hash != once.request_hash:
        raise key_reused()
    return stored
