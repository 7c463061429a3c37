"""The law of the `[grading]` section: how grading's processes are run. What is graded by which
numbers is `[course]` (see `domain.rules`), who may see results is `[results]`."""

from dataclasses import dataclass
from socket import gethostname

from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.runtime.alternatives import addresses
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.setting import setting
from holdfast.platform.runtime.settings import FleetSettings

RESULTS_PORT = 8000
"""The prototype's API port; the balancer listens there."""
INNER_RESULTS_PORT = 8001
"""Where nodes reach the results API when a gateway stands before the public port."""


@dataclass(frozen=True, slots=True)
class GradingSettings:
    """Keys of `[grading]`."""

    nodes: int = setting(3, "Nodes that `holdfast up` runs.", minimum=1, maximum=64)
    roster: str = setting("", "CSV file (uid,name) that is imported when `holdfast up` starts.")
    demo: bool = setting(True, "Load a demo roster into an empty database.")
    results_url: str = setting(
        "",
        "Where nodes and commands reach the results API; several by commas, the nearest first;"
        " empty: this machine's balancer.",
    )
    node_host: str = setting("127.0.0.1", "Address that a node listens on, for the balancer only.")
    node_tcp_port: int = setting(
        0, "A node's TCP port; 0: any. The offset is added.", minimum=0, maximum=65535
    )
    node_udp_port: int = setting(
        0, "A node's UDP port; 0: any. The offset is added.", minimum=0, maximum=65535
    )
    trusted_balancers: tuple[str, ...] = setting(
        (), "Addresses whose PROXY headers a node believes; empty: its listening side only."
    )
    seed_secret_file: str = setting("", "Key of the attempts' dice; empty: in the data folder.")
    idle_s: float = setting(
        900.0, "A student's connection that sends nothing and runs no test ends.", minimum=0.1
    )
    unfinished_s: float = setting(
        120.0, "How long one message may take to come in completely.", minimum=0.1
    )
    results_host: str = setting("127.0.0.1", "Address that a results API listens on.")
    results_port: int = setting(
        0, "Its port behind the balancer; 0: any. The offset is added.", minimum=0, maximum=65535
    )


def results_url(settings: GradingSettings, fleet: FleetSettings) -> str:
    """Where commands of this machine reach the results API: the nearest place."""
    return results_urls(settings, fleet)[0]


def results_urls(
    settings: GradingSettings, fleet: FleetSettings, port: int = RESULTS_PORT
) -> tuple[str, ...]:
    """Where processes of this machine reach the results API: at least one place."""
    host = reachable(fleet.host)
    shown = f"[{host}]" if ":" in host else host
    usual = f"http://{shown}:{fleet.port(port)}"
    return addresses(settings.results_url) or (usual,)


def nodes_urls(effective: Effective) -> tuple[str, ...]:
    """Where nodes of this machine reach the results API: not through a gateway."""
    has_gateway = effective.section(GatewaySettings).copies > 0
    port = INNER_RESULTS_PORT if has_gateway else RESULTS_PORT
    return results_urls(effective.section(GradingSettings), effective.section(FleetSettings), port)


def reachable(host: str) -> str:
    """An address to connect to, for one that is listened on."""
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104


def process_name(fleet: FleetSettings, kind: str) -> str:
    """What this process is called in logs, heartbeats and attempts."""
    return fleet.process_name or f"{kind}-{gethostname()}"[:60]
