"""The law of the `[balancer]` section: every limit and every wait of the balancer has its key here.

The addresses it listens on come from `[fleet]` (host, port offset) and from the apps' listeners.
"""

from dataclasses import dataclass
from typing import Literal

from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.policy_names import PolicyName
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.balancer.server_names import sni_entries, tls_entries
from holdfast.platform.runtime.setting import setting
from holdfast.platform.runtime.settings import ADMIN_PORT, HEARTBEAT_PORT

NAME = "balancer"
"""What a balancer is called in logs, figures and files; one of several has its number behind it."""
MAX_COPIES = 4
"""Balancers of one machine: each further one has a UDP port of its own from `COPY_BEAT_PORT` on."""
COPY_BEAT_PORT = 8085
"""UDP, where the second balancer of a machine hears heartbeats; the port offset is added."""


@dataclass(frozen=True, slots=True)
class BalancerSettings:
    """Keys of `[balancer]`."""

    heartbeat_port: int = setting(
        HEARTBEAT_PORT, "UDP port for heartbeats.", minimum=0, maximum=65535
    )
    admin_port: int = setting(
        ADMIN_PORT, "TCP port on loopback for the operator.", minimum=0, maximum=65535
    )
    copies: int = setting(
        # One process may open few files, each client takes two, and one process is one processor.
        1,
        "Balancer processes that `holdfast up` runs, which share the TCP ports; each has these"
        " limits for itself.",
        minimum=1,
        maximum=MAX_COPIES,
    )
    copy: int = setting(
        1,
        "Which of them a process is; `holdfast up` tells it. UDP is for the first.",
        minimum=1,
        maximum=MAX_COPIES,
    )
    connect_timeout_s: float = setting(
        # A first packet that a busy member dropped is sent again after one second.
        1.5,
        "A member that does not accept within it is tried no longer.",
        minimum=0.01,
        live=True,
    )
    wait_for_member_s: float = setting(
        3.0, "How long a client waits for a member before it is refused.", minimum=0.0, live=True
    )
    idle_timeout_s: float = setting(
        3600.0, "A TCP connection that is silent for so long is closed.", minimum=1.0, live=True
    )
    linger_s: float = setting(
        2.0, "How long a last answer may take to reach its client.", minimum=0.0, live=True
    )
    connections: int = setting(8_192, "TCP connections at most, in all.", minimum=1, live=True)
    connections_per_listener: int = setting(8_192, "The same of one port.", minimum=1, live=True)
    connections_per_client: int = setting(
        4_096, "The same of one client address (IPv6: /64 network).", minimum=1, live=True
    )
    waiting: int = setting(
        1_024, "Clients that may wait for a member at once.", minimum=0, live=True
    )
    udp_flows: int = setting(65_536, "UDP flows remembered at most, in all.", minimum=1, live=True)
    udp_flows_per_client: int = setting(
        4_096, "The same of one client address.", minimum=1, live=True
    )
    udp_idle_s: float = setting(
        300.0, "A UDP flow silent for so long is forgotten.", minimum=1.0, live=True
    )
    connection_rate_per_client: float = setting(
        # A class of 300 behind one address that starts all at once is far below; a flood is above.
        500.0,
        "New TCP connections per second of one client address; 0: no limit.",
        minimum=0.0,
        live=True,
    )
    connection_rate_per_listener: float = setting(
        # Off: many addresses together could use it to keep everybody out of a port.
        0.0,
        "The same of one port, all clients together; 0: no limit.",
        minimum=0.0,
        live=True,
    )
    udp_flow_rate_per_client: float = setting(
        500.0,
        "New UDP flows per second of one client address; 0: no limit.",
        minimum=0.0,
        live=True,
    )
    rate_burst_s: float = setting(
        10.0,
        "So many seconds of its rate may be used at once, after a rest.",
        minimum=0.01,
        live=True,
    )
    rate_exempt: tuple[str, ...] = setting(
        ("127.0.0.0/8", "::1"), "Networks without limits of rates, such as that of a load test."
    )
    trusted_upstreams: tuple[str, ...] = setting(
        (), "Networks of proxies before us: each connection must begin with a PROXY header."
    )
    tls: tuple[str, ...] = setting(
        (), "TLS: listener=certificate.pem:key.pem, or listener@port=... for a port of its own."
    )
    sni: tuple[str, ...] = setting(
        (), "Where TLS server names lead: listener:server.name=listener, `*.` for any one label."
    )
    handshakes: int = setting(
        2_048, "Clients at once whose PROXY header or TLS handshake is under way.", minimum=1
    )
    handshake_timeout_s: float = setting(
        5.0, "How long a PROXY header and a TLS handshake may take, both together.", minimum=0.01
    )
    access_log: str = setting(
        "",
        "File for a line about each connection that is over; `-`: standard error; empty: none.",
        live=True,
    )
    trace_ids: bool = setting(
        True, "Give each connection and flow a trace id, told to its node in the PROXY header."
    )
    fast_path: bool = setting(
        True, "Relay plain TCP connections in compiled code, where it was compiled."
    )
    data_path: Literal["relay", "kernel", "auto"] = setting(
        "relay",
        "Who moves the bytes: relay; kernel (nftables, as root) where it can, with a warning where "
        "it cannot; auto: the same without the warning.",
    )
    kernel_programs: str = setting(
        "/sys/fs/bpf",
        "Where the kernel keeps packet programs (a mounted bpffs): by one of them the kernel path "
        "reaches members on this machine's loopback, where it can; empty: by nftables.",
    )
    kernel_services: tuple[str, ...] = setting(
        (),
        "Services whose members need no PROXY header of a client, so that the kernel may carry it.",
    )
    kernel_gateway: bool = setting(
        False,
        "Members answer through this machine as their gateway: the kernel leaves them the client's "
        "address.",
    )
    network: Literal["local", "lan", "wan"] = setting(
        "local", "Where the nodes are; how patiently their heartbeats are awaited follows from it."
    )
    clock_window_s: float = setting(
        30.0, "How far the clocks of nodes may differ from the balancer's.", minimum=1.0
    )
    drain_after_restart_s: float = setting(
        3600.0,
        "How long a balancer that was restarted keeps the TCP connections it had.",
        minimum=0.0,
        live=True,
    )
    policy: PolicyName = setting(  # noqa: RUF009  a word is a value
        "",
        "How members are chosen; empty: as the service wishes, else `least-connections`.",
        live=True,
    )
    policies: tuple[str, ...] = setting(
        (), "The same for single services: `service=policy`, several by commas.", live=True
    )
    slow_start_s: float = setting(
        # A Python process is warm after some hundred requests; people watch a return for seconds.
        10.0,
        "A new or returning member has its full share of clients after it; 0: at once.",
        minimum=0.0,
        live=True,
    )
    panic_share: float = setting(
        0.5,
        "When less than this share of the members is fit, suspected and ejected ones are used too.",
        minimum=0.0,
        maximum=1.0,
        live=True,
    )
    eject_errors: int = setting(
        5,
        "A member that fails so many clients in a row is ejected; 0: never.",
        minimum=0,
        live=True,
    )
    eject_s: float = setting(
        5.0, "How long, the first time; each time twice as long as before.", minimum=0.1, live=True
    )
    longest_eject_s: float = setting(60.0, "How long at most.", minimum=0.1, live=True)
    eject_share: float = setting(
        0.5,
        "Share of a service's members that is ejected at most.",
        minimum=0.0,
        maximum=1.0,
        live=True,
    )
    wait_for_handover_s: float = setting(
        # A node that is started again needs some seconds, on a busy machine some more.
        20.0,
        "How long a client whose session began at a lost member waits for another.",
        minimum=0.0,
    )
    journal_bytes: int = setting(
        256 << 10,
        "How much of a session on a replayable port is kept to move it; longer ones cannot move.",
        minimum=0,
    )
    journals_bytes: int = setting(64 << 20, "The same of all sessions together.", minimum=0)
    state_every_s: float = setting(60.0, "How often the state is logged.", minimum=0.1, live=True)

    def __post_init__(self) -> None:
        for name in ("rate_exempt", "trusted_upstreams"):
            try:
                Networks(getattr(self, name))
            except ValueError as error:
                raise ValueError(f"balancer.{name}: {error}") from None
        tls_entries(self.tls)
        sni_entries(self.sni)

    @property
    def name(self) -> str:
        """What this process is called among the others."""
        return NAME if self.copies == 1 else f"{NAME}-{self.copy}"

    @property
    def introductions(self) -> bool:
        """Whether there are clients that have to introduce themselves."""
        return bool(self.trusted_upstreams or self.tls or self.sni)

    def reads_openings_at(self, listener: str) -> bool:
        """Whether a listener's clients may have to introduce themselves: only the relay can ask."""
        doors = {entry.door for entry in tls_entries(self.tls)}
        doors |= {route.door for route in sni_entries(self.sni)}
        return bool(self.trusted_upstreams) or listener in doors

    @property
    def client_rate(self) -> RateLimit:
        return self._rate(self.connection_rate_per_client)

    @property
    def listener_rate(self) -> RateLimit:
        return self._rate(self.connection_rate_per_listener)

    @property
    def flow_rate(self) -> RateLimit:
        return self._rate(self.udp_flow_rate_per_client)

    @property
    def spared(self) -> Networks:
        """Clients without limits of rates."""
        return Networks(self.rate_exempt)

    @property
    def upstreams(self) -> Networks:
        """Proxies that are believed."""
        return Networks(self.trusted_upstreams)

    def _rate(self, per_s: float) -> RateLimit:
        return RateLimit(per_s, per_s * self.rate_burst_s)
