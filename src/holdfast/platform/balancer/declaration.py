"""The law of the balancer's declaration: what the command line and the supervisor know of it.

Light on purpose: every process and command imports this, only the balancer imports the balancer.
"""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence

from holdfast.platform.balancer.admission import FILES_APART, FILES_EACH
from holdfast.platform.balancer.settings import COPY_BEAT_PORT, NAME, BalancerSettings
from holdfast.platform.runtime.app import App, Command, Process
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.descriptors import clients_within, raised
from holdfast.platform.runtime.settings import HEARTBEAT_PORT

WATCH_S = 1.0
"""How often `holdfast fleet --watch` draws its table anew."""
STAGE = 2
"""It stops after what needs it (3) and before what it reaches (1): see `Process`."""


def balancer_process(apps: Sequence[App]) -> Process:
    """The balancer with the listeners of all apps."""

    def run(effective: Effective) -> None:
        from holdfast.platform.balancer import process

        process.run(effective, [each for app in apps for each in app.listeners(effective)])

    return Process(
        NAME,
        "relay the public ports to the members of the fleet",
        run,
        stage=STAGE,
        copies=lambda effective: effective.section(BalancerSettings).copies,
        of_copy=_of_copy,
        imports=("holdfast.platform.balancer.process",),
    )


def admits(effective: Effective) -> str:
    """How many clients a machine's balancers let in at once, in words; the rest is told so."""
    settings, limit = effective.section(BalancerSettings), raised()
    wanted, copies = settings.connections, settings.copies
    most = wanted if limit is None else clients_within(limit, apart=FILES_APART, each=FILES_EACH)
    why = "balancer.connections" if wanted <= most else f"a process may open {limit} files"
    each = f" in each of {copies} balancers" if copies > 1 else ""
    return f"{min(wanted, most)} at once{each} ({why}); more are refused"


def beat_ports(effective: Effective) -> list[int]:
    """Where the balancers of a machine hear heartbeats, without the port offset."""
    further = effective.section(BalancerSettings).copies - 1
    return [HEARTBEAT_PORT, *(COPY_BEAT_PORT + number for number in range(further))]


def _of_copy(_effective: Effective, number: int) -> Mapping[str, object]:
    """The first one is as one alone would be: it has the known ports, UDP, and the kernel path."""
    if number == 1:
        return {}
    return {
        "balancer.copy": number,
        "balancer.heartbeat_port": COPY_BEAT_PORT + number - 2,
        "balancer.admin_port": 0,
        "balancer.data_path": "relay",
    }


def _fleet(task: str) -> Callable[[argparse.Namespace, Effective], int]:
    """A task of `holdfast fleet`, loaded when it runs."""

    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.balancer import fleet_command

        tasks = {
            "show": fleet_command.show,
            "drain": fleet_command.drain,
            "undrain": fleet_command.undrain,
            "weight": fleet_command.weigh,
            "reload": fleet_command.reload,
        }
        return tasks[task](given, effective)

    return run


def _of_any(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--balancer",
        action="append",
        metavar="HOST:PORT",
        default=argparse.SUPPRESS,
        help="an admin port to ask instead of the one of the data folder; may be repeated",
    )


def _of_show(parser: argparse.ArgumentParser) -> None:
    _of_any(parser)
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.add_argument(
        "--watch",
        nargs="?",
        type=_seconds,
        const=WATCH_S,
        metavar="SECONDS",
        help="draw the table anew every second, or so many, until Ctrl-C",
    )


def _of_node(parser: argparse.ArgumentParser) -> None:
    _of_any(parser)
    parser.add_argument("node", metavar="NODE", type=_node, help="its name in the table")


def _of_weight(parser: argparse.ArgumentParser) -> None:
    _of_node(parser)
    parser.add_argument("weight", type=float, metavar="WEIGHT", help="its share, others having 1")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("between 0.1 and 3600 seconds")
    return seconds


def _node(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text):
        raise argparse.ArgumentTypeError("not the name of a node")
    return text


FLEET = Command.group(
    "fleet",
    "show the balancer's nodes; drain and weigh them",
    (
        Command("drain", "no new clients for a node; those inside stay", _of_node, _fleet("drain")),
        Command("undrain", "new clients for a node again", _of_node, _fleet("undrain")),
        Command("weight", "a node's share of new clients", _of_weight, _fleet("weight")),
        Command("reload", "have the balancer read its settings again", _of_any, _fleet("reload")),
    ),
    alone=Command("fleet", "show the balancer's nodes", _of_show, _fleet("show")),
)


def _restart(_given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.platform.balancer.restart.command import restart_all

    return restart_all(effective)


BALANCER = Command.group(
    "balancer",
    "restart the running balancer without losing a connection",
    [
        Command(
            "restart",
            "start a new balancer process and hand everything over",
            lambda _: None,
            _restart,
        )
    ],
)
