"""Our end of a pipe: all that was written, back-pressure, and a descriptor that is closed once."""

import asyncio
import os
from collections.abc import Callable, Iterator

import pytest
import uvloop

from holdfast.platform.runtime.pipe_end import PipeEnd
from tests.support.eventually import eventually

LIMIT = 1_000


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    """Both event loops that a process may have."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield runner


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def test_all_lines_come_and_then_the_end(run: asyncio.Runner) -> None:
    async def main() -> bytes:
        ours, theirs = os.pipe()
        end = PipeEnd(ours)
        os.write(theirs, b"one\ntwo")
        assert await end.reader.readline() == b"one\n"
        os.write(theirs, b"\nthree\n")
        os.close(theirs)
        rest = await end.reader.read()
        assert not is_open(ours)
        end.close()
        return rest

    assert run.run(main()) == b"two\nthree\n"


def test_a_writer_that_is_not_read_waits_and_loses_nothing(run: asyncio.Runner) -> None:
    async def main() -> None:
        ours, theirs = os.pipe()
        os.set_blocking(theirs, False)
        end = PipeEnd(ours, LIMIT)
        written = b""

        def is_full() -> bool:
            nonlocal written
            try:
                piece = bytes([len(written) % 251]) * 4096
                written += piece[: os.write(theirs, piece)]
            except BlockingIOError:
                return True
            return False

        async def stays_full() -> bool:
            if not is_full():
                return False
            await asyncio.sleep(0.01)
            return is_full()

        await eventually(stays_full)
        os.close(theirs)
        assert await end.reader.read() == written

    run.run(main())


def test_a_number_that_another_has_been_given_meanwhile_is_not_closed(run: asyncio.Runner) -> None:
    async def main() -> None:
        ours, theirs = os.pipe()
        end = PipeEnd(ours)
        closed: list[int] = []

        def close(fd: int, real: Callable[[int], None] = os.close) -> None:
            closed.append(fd)
            real(fd)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "close", close)
            end.close()
        other = os.open("/dev/null", os.O_RDONLY)
        assert (closed, other) == ([ours], ours)
        end.close()
        await asyncio.sleep(0.01)
        assert is_open(other)
        os.close(other)
        os.close(theirs)

    run.run(main())


def test_what_breaks_is_told(run: asyncio.Runner) -> None:
    async def main() -> None:
        folder = os.open("/", os.O_RDONLY)
        ours, theirs = os.pipe()
        end = PipeEnd(ours)
        os.dup2(folder, ours)  # cannot be read
        os.close(folder)
        os.close(theirs)
        end._read()
        with pytest.raises(IsADirectoryError):
            await end.reader.read()
        assert not is_open(ours)

    run.run(main())
