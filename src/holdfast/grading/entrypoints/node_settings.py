"""What a node is told when it starts, and the bounds it keeps towards the network."""

from dataclasses import dataclass, field
from pathlib import Path

from holdfast.grading.domain.events import EngineLimits
from holdfast.grading.service.session_place import SessionLimits


@dataclass(frozen=True, slots=True)
class NodeLimits:
    """Bounds towards the network and the store; those of one session are `SessionLimits`."""

    sessions: int = 8192
    """TCP sessions at once, those included that outlive their connection: about 10 kB each."""
    sessions_per_source: int = 2048
    """Of one address: a lecture hall behind one, but never the whole node."""
    flows: int = 8192
    """UDP flows at once; beyond, the one that was silent longest and runs no test is forgotten."""
    flows_per_source: int = 2048
    header_s: float = 10.0
    """How long the balancer's header may take: it comes with the connection."""
    write_bytes: int = 64 << 10
    """Unsent bytes of one connection before its reading pauses."""
    slow_reader_s: float = 60.0
    """How long a client may leave what we sent unread."""
    ask_s: float = 10.0
    """How long the store may take to answer what a client waits for."""
    record_s: float = 3600.0
    """How long an opened or closed attempt may wait to become durable, in the store's spool."""
    step_cpu_s: float = 0.25
    """Processor time of one step of a scenario; ordinary ones take 0.0001 s."""


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """How to run a node. `port_offset` is subtracted from the ports that clients used.

    `balancers`: addresses whose PROXY headers are believed, empty for any. `seed_secret_file` is
    made when it is missing. After a stop, running tests may go on for `drain_s`; then they are
    closed, and their recording may take `farewell_s`.
    """

    name: str
    seed_secret_file: Path
    host: str = "127.0.0.1"
    tcp_port: int = 0
    udp_port: int = 0
    port_offset: int = 0
    balancers: frozenset[str] = frozenset()
    drain_s: float = 5.0
    farewell_s: float = 3.0
    beat_interval_s: float = 1.0
    limits: NodeLimits = field(default_factory=NodeLimits)
    session_limits: SessionLimits = field(default_factory=SessionLimits)
    engine_limits: EngineLimits = field(default_factory=EngineLimits)
