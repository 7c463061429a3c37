"""The law of bodies: whatever a request declares, no more is held than its bound, and not for ever.

What is wrong with a body is the sender's fault, told as `BodyRefused` with the HTTP status that
says it; each application gives it the shape of its own errors.
"""

import asyncio

from starlette.requests import ClientDisconnect, Request

BODY_S = 8.0
"""A body of any size we take comes in less on any line."""
_MAX_DIGITS = 12
"""Digits of a declared length that are read: 10^12 bytes are too long for anything."""


class BodyRefused(Exception):
    """A body that was not taken: `status`, what is wrong with it and what to do about it."""

    def __init__(self, status: int, what: str, fix: str) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.fix = fix


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body. `BodyRefused`: 413 as soon as it is longer than `max_bytes`, 400 when it was
    cut off, 408 when it did not come in time."""
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:_MAX_DIGITS]) > max_bytes:
        raise _too_long(max_bytes)
    try:
        async with asyncio.timeout(BODY_S):
            return await _read(request, max_bytes)
    except ClientDisconnect:
        raise BodyRefused(400, "the request ended before its body", "send all of it") from None
    except TimeoutError:
        raise BodyRefused(
            408, f"the body did not come within {BODY_S:g} s", "send it at once"
        ) from None


async def _read(request: Request, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise _too_long(max_bytes)
        parts.append(chunk)
    return b"".join(parts)


def _too_long(max_bytes: int) -> BodyRefused:
    return BodyRefused(413, f"the body is longer than {max_bytes} bytes", "send less")
