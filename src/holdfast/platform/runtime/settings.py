"""The law of the `[fleet]` section: what all processes of an installation share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from holdfast.platform.runtime.setting import setting

HEARTBEAT_PORT = 8081
"""The seed's heartbeat port; the port offset is added."""
ADMIN_PORT = 8082
"""The balancer's port for its operator; the port offset is added."""
SUPERVISOR_PORT = 8083
"""Where `holdfast up` tells of itself and lists all ports of figures; the port offset is added."""
KEEP_ALIVE_S = 75.0
"""How long an idle HTTP connection is kept: nodes and relays reuse theirs every second."""


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """Keys of `[fleet]`."""

    data: Path = setting(  # noqa: RUF009  a path is a value
        Path("data"), "Folder of the database, the keys and the spools."
    )
    host: str = setting("127.0.0.1", "Address that the public ports listen on.")
    apps: tuple[str, ...] = setting(
        (), "Applications that run here, such as grading alone; empty: all of them."
    )
    port_offset: int = setting(
        0, "Number added to every listening port.", minimum=0, maximum=50_000
    )
    key_file: str = setting(
        "", "Key of the heartbeats; empty: fleet.key in the data folder.", live=True
    )
    balancers: tuple[str, ...] = setting(
        (), "Addresses host:port that get the heartbeats; empty: this machine's balancer."
    )
    advertise: str = setting(
        "", "Address that the balancer is told to reach us at; empty: where we listen or beat from."
    )
    process_name: str = setting(
        "", "Name of this process in logs and heartbeats; empty: its kind and this host's name."
    )
    log_format: Literal["text", "json"] = setting("text", "Form of the log lines.", live=True)
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "The least important log lines that are written.", live=True
    )
    metrics_host: str = setting(
        "127.0.0.1", "Address of each process's own port of figures and health."
    )
    metrics_port: int = setting(
        0,
        "That port, of a process that runs alone; 0: any free one, told in <data>/metrics.",
        minimum=0,
        maximum=65_535,
    )
    supervisor_port: int = setting(
        SUPERVISOR_PORT,
        "Where `holdfast up` tells of itself and of all other such ports; 0: any free one.",
        minimum=0,
        maximum=65_535,
    )
    request_log: Literal["none", "errors", "all"] = setting(
        "errors", "Requests that are logged: none, failed and slow ones, or all."
    )
    keep_alive_s: float = setting(
        # Above the 30 s for which our own processes keep the connections they ask over; an hour of
        # silence is somebody who has gone.
        KEEP_ALIVE_S,
        "An HTTP connection that asks nothing is closed after it.",
        minimum=45.0,
        maximum=3600.0,
    )
    nursery: bool = setting(
        True,
        "`holdfast up` forks its processes from one that has imported everything once; false: it"
        " executes each.",
    )
    drain_s: float = setting(
        10.0, "A stopping process waits so long for work in progress.", minimum=0.0, live=True
    )

    def port(self, port: int) -> int:
        """A listening port with the offset; 0 stays 0, any free port."""
        return port + self.port_offset if port else 0

    @property
    def key_path(self) -> Path:
        """Where the heartbeat key is."""
        return Path(self.key_file) if self.key_file else self.data / "fleet.key"

    @property
    def heartbeat_targets(self) -> tuple[str, ...]:
        """Where heartbeats go, as host:port."""
        return self.balancers or (f"127.0.0.1:{self.port(HEARTBEAT_PORT)}",)
