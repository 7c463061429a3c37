"""The law of the balancer's declaration: what the command line and the supervisor know of it.

Light on purpose: every process and command imports this, only the balancer imports the balancer.
"""

from collections.abc import Sequence

from holdfast.platform.runtime.app import App, Process
from holdfast.platform.runtime.config import Effective

NAME = "balancer"
STAGE = 2
"""It stops after what needs it (3) and before what it reaches (1): see `Process`."""


def balancer_process(apps: Sequence[App]) -> Process:
    """The balancer with the listeners of all apps."""

    def run(effective: Effective) -> None:
        from holdfast.platform.balancer import process

        process.run(effective, [each for app in apps for each in app.listeners(effective)])

    return Process(NAME, "relay the public ports to the members of the fleet", run, stage=STAGE)
