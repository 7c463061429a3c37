"""PURE. The balancer's page of metrics, made from its state and its counters when it is asked for.

The relay raises plain numbers and knows nothing of this page. Series about single nodes are bounded
by `MAX_NODE_SERIES`: making a page must never hold up the loop for long.
"""

from holdfast.platform.balancer.counters import Counters
from holdfast.platform.balancer.fleet_view import (
    STANDINGS,
    FleetState,
    KernelRow,
    NodeRow,
    ServiceRow,
)
from holdfast.platform.runtime.metrics import Page, Sample
from holdfast.platform.telemetry.figures import ProcessFacts, process_figures, readiness_figures

MAX_NODE_SERIES = 1_000
"""Nodes times services: a page of half a megabyte, made in about 10 ms. A larger fleet has its sums
by service still."""
PREFIX = "holdfast_balancer"


def figures(
    state: FleetState, counters: Counters, facts: ProcessFacts, *, log_dropped: int = 0
) -> str:
    """The page. `log_dropped`: lines of the access log that were never written."""
    page = Page()
    _process(page, state, facts)
    _clients(page, state, counters)
    _datagrams(page, state, counters)
    _fleet(page, state)
    if state.kernel.path:
        _kernel(page, state.kernel)
    page.histogram(
        f"{PREFIX}_loop_lag_seconds",
        "How much later than due the loop got to a timer.",
        counters.loop_lag_s,
    )
    page.counter(
        f"{PREFIX}_access_log_dropped_total", "Lines that could not be written.", log_dropped
    )
    return page.text


def _process(page: Page, state: FleetState, facts: ProcessFacts) -> None:
    process_figures(page, state.balancer.version, facts)
    stopping = state.balancer.stopping
    readiness_figures(page, ready=not stopping, draining=stopping)
    page.gauge(f"{PREFIX}_stopping", "1 while it drains.", int(stopping))


def _clients(page: Page, state: FleetState, counters: Counters) -> None:
    tcp = [row for row in state.listeners if row.transport == "tcp"]
    page.counter(
        f"{PREFIX}_connections_accepted_total",
        "TCP clients let in.",
        [({"listener": row.name}, row.accepted) for row in tcp],
    )
    page.gauge(
        f"{PREFIX}_connections_open",
        "TCP clients inside.",
        [({"listener": row.name}, row.open) for row in tcp],
    )
    if state.balancer.fast is not None:
        page.gauge(
            f"{PREFIX}_fast_path_connections",
            "Those of them that compiled code relays.",
            state.balancer.fast,
        )
    page.counter(
        f"{PREFIX}_connections_refused_total",
        "TCP clients turned away, by reason.",
        [({"listener": r.name, "reason": why}, n) for r in tcp for why, n in r.refused.items()],
    )
    page.counter(
        f"{PREFIX}_connections_ended_total",
        "TCP connections that are over, by how they ended.",
        [({"end": how}, count) for how, count in counters.ended.items()],
    )
    page.counter(
        f"{PREFIX}_bytes_total",
        "Bytes of TCP connections that are over, by who sent them.",
        [
            ({"from": "clients"}, counters.bytes_from_clients),
            ({"from": "nodes"}, counters.bytes_from_members),
        ],
    )
    page.counter(
        f"{PREFIX}_connects_failed_total",
        "Connects to nodes that failed; the client was tried elsewhere.",
        counters.connects_failed,
    )
    page.counter(
        f"{PREFIX}_moved_total",
        "Connections and flows that went on with another node.",
        [({"kind": "connection"}, counters.moved), ({"kind": "flow"}, counters.flows_moved)],
    )
    page.histogram(
        f"{PREFIX}_connect_seconds", "How long connects to nodes took.", counters.connect_s
    )


def _kernel(page: Page, kernel: KernelRow) -> None:
    page.gauge(
        f"{PREFIX}_kernel_carries",
        "1 while the kernel carries a listener that qualifies, 0 while the relay does.",
        [({"listener": name}, int(name in kernel.carried)) for name in kernel.accepted],
    )
    page.counter(
        f"{PREFIX}_kernel_accepted_total",
        "TCP clients and UDP flows that the kernel let in past the relay; up to 10 s old.",
        [({"listener": name}, count) for name, count in kernel.accepted.items()],
    )
    page.gauge(
        f"{PREFIX}_tracked_connections",
        "Entries of the kernel's table of connections, of the whole machine.",
        kernel.tracked,
    )
    page.gauge(f"{PREFIX}_tracked_connections_limit", "Places in that table.", kernel.places)
    page.counter(
        f"{PREFIX}_tracked_connections_lost_total",
        "First packets lost for want of a place or of a free port, since the machine started.",
        kernel.lost,
    )


def _datagrams(page: Page, state: FleetState, counters: Counters) -> None:
    page.gauge(f"{PREFIX}_flows", "UDP flows that are remembered.", state.balancer.flows)
    page.counter(
        f"{PREFIX}_datagrams_total",
        "UDP datagrams of clients, and to clients.",
        [({"to": "nodes"}, counters.datagrams_in), ({"to": "clients"}, counters.datagrams_out)],
    )
    page.counter(
        f"{PREFIX}_datagrams_dropped_total",
        "UDP datagrams that were not relayed, by reason.",
        [({"reason": why}, count) for why, count in counters.dropped.items()],
    )


def _fleet(page: Page, state: FleetState) -> None:
    page.counter(f"{PREFIX}_beats_total", "Heartbeats accepted.", state.balancer.beats)
    page.counter(
        f"{PREFIX}_beats_rejected_total",
        "Datagrams on the heartbeat port that were none, by reason.",
        [({"reason": why}, count) for why, count in state.balancer.beats_rejected.items()],
    )
    page.gauge(
        f"{PREFIX}_members",
        "Members of each service, by what they are to new clients.",
        [
            ({"service": service, "state": standing}, count)
            for service in state.services
            for standing, count in state.standings(service).items()
        ],
    )
    page.gauge(
        f"{PREFIX}_panic",
        "1 while unfit members are used because nearly all are.",
        [({"service": name}, int(name in state.balancer.panic)) for name in state.services],
    )
    pairs = [(node, row) for node in state.nodes for row in node.services]
    page.gauge(
        f"{PREFIX}_node_series_left_out",
        f"1 when there are more than {MAX_NODE_SERIES} nodes times services.",
        int(len(pairs) > MAX_NODE_SERIES),
    )
    if len(pairs) <= MAX_NODE_SERIES:
        _nodes(page, state, pairs)


def _nodes(page: Page, state: FleetState, pairs: list[tuple[NodeRow, ServiceRow]]) -> None:
    def labels(node: NodeRow, row: ServiceRow, **more: str) -> dict[str, str]:
        return {"node": node.node, "service": row.service, **more}

    page.gauge(
        f"{PREFIX}_node_state",
        "What a node is to new clients: 1 for its state.",
        [(labels(n, r, state=s), int(r.standing == s)) for n, r in pairs for s in STANDINGS],
    )
    page.gauge(
        f"{PREFIX}_node_clients",
        "Connections and flows on a node.",
        [(labels(n, r), r.clients) for n, r in pairs],
    )
    page.counter(
        f"{PREFIX}_node_errors_total",
        "What went wrong with a node, by kind, since it came.",
        [(labels(n, r, kind=kind), count) for n, r in pairs for kind, count in r.errors.items()],
    )
    page.gauge(
        f"{PREFIX}_node_latency_seconds",
        "How long a node's answers take of late.",
        [(labels(n, r), r.latency_s) for n, r in pairs if r.latency_s is not None],
    )
    told: list[tuple[str, str, list[Sample]]] = [
        ("beat_age_seconds", "Time since a node's last beat.", _each(state, "beat_age_s")),
        ("running", "What a node says it is doing.", _each(state, "running")),
        ("capacity", "What a node says it can do at once; 0: unlimited.", _each(state, "capacity")),
        ("loop_lag_seconds", "How late a node says its loop is.", _each(state, "loop_lag_s")),
    ]
    for name, what, samples in told:
        page.gauge(f"{PREFIX}_node_{name}", what, samples)


def _each(state: FleetState, field: str) -> list[Sample]:
    return [({"node": node.node}, getattr(node, field)) for node in state.nodes]
