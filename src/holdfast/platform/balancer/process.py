"""The balancer as a process: logs, signals, the parent's pipes, its place in a row, and the exit.

The balancer has no event loop of asyncio, so signals reach it through `signals`; everything else of
a process's life is as everywhere (`runtime.announce`).
"""

from collections.abc import Sequence

from holdfast.errors import Mistake
from holdfast.platform.balancer.restart.folder import home_of
from holdfast.platform.balancer.restart.succession import Succession
from holdfast.platform.balancer.server import run_balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.balancer.signals import Signals
from holdfast.platform.membership.keys import ensure_keyring
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.announce import announce_mistake, announce_ready, parent_fd
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings


def run(effective: Effective, listeners: Sequence[Listener]) -> None:
    """Run the balancer in the foreground until a signal or the parent's death, then drain.

    SIGUSR2 starts a successor, SIGHUP has the settings read again. A `Mistake` (a taken port, no
    key) is told to the parent, if any, and raised again.
    """
    fleet, settings = effective.section(FleetSettings), effective.section(BalancerSettings)
    logs.configure(settings.name, fleet.log_format, fleet.log_level)
    own = [each for each in listeners if each.transport == "tcp" or settings.copy == 1]
    with Signals() as signals:
        home = home_of(fleet.data, settings.copy)
        place = Succession(home, signals, drain_s=fleet.drain_s, lifeline=parent_fd())
        try:
            run_balancer(
                fleet,
                settings,
                own,
                ensure_keyring(fleet.key_path),
                ready=announce_ready,
                stop_fds=[],
                succession=place,
                effective=effective,
            )
            place.outlive()
        except Mistake as mistake:
            announce_mistake(str(mistake))
            raise
        finally:
            place.close()
