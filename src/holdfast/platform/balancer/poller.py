"""Which descriptors are ready: epoll where there is one, else poll, behind the same few calls.

Event masks are the numbers of poll(2), which epoll shares. Level-triggered: what is not dealt with
is told again, so a handler may do one bounded step and return.
"""

import contextlib
import select
from typing import Protocol

IN, OUT, ERR, HUP = select.POLLIN, select.POLLOUT, select.POLLERR, select.POLLHUP


class Poller(Protocol):
    """The calls the loop needs. `poll` waits at most `timeout_s` and returns (descriptor, mask)."""

    def register(self, fd: int, mask: int) -> None: ...
    def modify(self, fd: int, mask: int) -> None: ...
    def unregister(self, fd: int) -> None: ...
    def closing(self, fd: int) -> None: ...
    def poll(self, timeout_s: float, most: int) -> list[tuple[int, int]]: ...
    def close(self) -> None: ...


class EpollPoller:
    """epoll(7)."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self.register = self._epoll.register
        self.modify = self._epoll.modify
        self.unregister = self._epoll.unregister
        self.poll = self._epoll.poll
        self.close = self._epoll.close

    def closing(self, fd: int) -> None:
        """Closing a descriptor ends its polling: nothing to do."""


class PollPoller:
    """poll(2), for systems without epoll. Slower with many idle descriptors, otherwise the same."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self.register = self._poll.register
        self.modify = self._poll.modify
        self.unregister = self._poll.unregister

    def closing(self, fd: int) -> None:
        """A descriptor will be closed: forget it, if it is known (and was not closed before)."""
        with contextlib.suppress(KeyError, ValueError):
            self._poll.unregister(fd)

    def poll(self, timeout_s: float, most: int) -> list[tuple[int, int]]:
        return self._poll.poll(timeout_s * 1000)[:most]

    def close(self) -> None:
        """poll(2) holds nothing."""


def best_poller() -> Poller:
    """A poller of the best kind this system has."""
    return EpollPoller() if hasattr(select, "epoll") else PollPoller()
