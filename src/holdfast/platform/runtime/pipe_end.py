"""Our end of a pipe, read in an event loop; its descriptor is closed exactly once.

The loop's own `connect_read_pipe` is not for this: uvloop closes the descriptor, and then the file
object that it was given, which closes the same number again. A thread that was given the number
between the two loses what it has opened: its socket, or its event loop's poller.
"""

import asyncio
import os
from typing import cast

MAX_BUFFER_BYTES = 65_536
"""Of what was written and not taken; then its writer waits."""
_CHUNK_BYTES = 65_536


class PipeEnd:
    """Reads until the end or `close`. `reader` gives what comes; `OSError` if the pipe breaks."""

    def __init__(self, fd: int, limit: int = MAX_BUFFER_BYTES) -> None:
        """Of a descriptor that is ours from now on."""
        self.reader = asyncio.StreamReader(limit=limit)
        # All that a StreamReader asks of a transport is to pause and to go on.
        self.reader.set_transport(cast("asyncio.BaseTransport", self))
        self._loop = asyncio.get_running_loop()
        self._fd = fd
        self._is_reading = False
        os.set_blocking(fd, False)
        self.resume_reading()

    def resume_reading(self) -> None:
        """Read; called by `reader`."""
        if self._fd >= 0 and not self._is_reading:
            self._is_reading = True
            self._loop.add_reader(self._fd, self._read)

    def pause_reading(self) -> None:
        """Let the writer wait; called by `reader`."""
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._fd)

    def close(self) -> None:
        """Read nothing more. May be called again."""
        if self._fd >= 0:
            self.pause_reading()
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> None:
        try:
            chunk = os.read(self._fd, _CHUNK_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.close()
            self.reader.set_exception(error)
            return
        if chunk:
            self.reader.feed_data(chunk)
        else:
            self.close()
            self.reader.feed_eof()
