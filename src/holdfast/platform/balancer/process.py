"""The balancer as a process: logs, signals, the parent's pipes, and the exit.

The balancer has no event loop of asyncio, so signals reach it as bytes on a socket that its own
loop watches; everything else of a process's life is as everywhere (`runtime.announce`).
"""

import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from holdfast.errors import Mistake
from holdfast.platform.balancer.server import run_balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.keys import ensure_keyring
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.announce import announce_mistake, announce_ready, parent_fd
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

NAME = "balancer"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(effective: Effective, listeners: Sequence[Listener]) -> None:
    """Run the balancer in the foreground until a signal or the parent's death, then drain.

    A `Mistake` (a taken port, no key) is told to the parent, if any, and raised again.
    """
    fleet = effective.section(FleetSettings)
    logs.configure(NAME, fleet.log_format, fleet.log_level)
    try:
        with _signal_fd() as signals:
            lifeline = parent_fd()
            run_balancer(
                fleet,
                effective.section(BalancerSettings),
                listeners,
                ensure_keyring(fleet.key_path),
                ready=announce_ready,
                stop_fds=[signals] if lifeline is None else [signals, lifeline],
            )
    except Mistake as mistake:
        announce_mistake(str(mistake))
        raise


@contextmanager
def _signal_fd() -> Iterator[int]:
    """A descriptor that gets a byte for each signal to stop."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        handlers = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        try:
            yield ours.fileno()
        finally:
            signal.set_wakeup_fd(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
