"""UDP flows through the balancer: each datagram carries its PROXY header, both ways.

A flow is one client address on one public port, with a session of its own. Flows are many and
their addresses may be forged: they are bounded, and a new one may push out the one that was silent
longest, but never one that runs a test.
"""

import asyncio
from collections import OrderedDict
from itertools import islice
from typing import cast

from holdfast.grading.domain.roster import Source
from holdfast.grading.entrypoints.node_driver import Driver, House
from holdfast.grading.entrypoints.node_settings import NodeSettings
from holdfast.grading.service.session_exchange import DatagramIn
from holdfast.grading.service.session_place import Channel
from holdfast.platform.balancer.proxy_protocol import Address, Header, parse, trace_of

SEARCHED = 16
"""How many of the longest silent flows are looked at to find one that may go."""

FlowKey = tuple[Address, Address]


class UdpLine:
    """The network side of one flow: answers go to the balancer that spoke last, with the header
    that it sent: by that it knows whose they are."""

    __slots__ = ("_key", "_lines", "balancer", "driver", "header")

    def __init__(self, lines: "UdpLines", key: FlowKey, header: bytes, balancer: Address) -> None:
        self._lines = lines
        self._key = key
        self.header = header
        self.balancer = balancer
        self.driver: Driver | None = None

    def send(self, raw: bytes) -> None:
        self._lines.send(self.header + raw, self.balancer)

    def close(self) -> None:
        pass  # a flow has no end of its own: it falls silent

    def pause(self, paused: bool) -> None:
        pass  # what cannot be taken is lost, as datagrams may be

    def over(self) -> None:
        self._lines.forget(self._key)


class UdpLines(asyncio.DatagramProtocol):
    """All flows of a node, behind its one socket."""

    def __init__(self, house: House, settings: NodeSettings) -> None:
        self._house = house
        self._settings = settings
        self._flows: OrderedDict[FlowKey, UdpLine] = OrderedDict()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None

    def error_received(self, error: Exception) -> None:
        pass  # a client or balancer that is gone; its flow falls silent

    def datagram_received(self, data: bytes, sender: Address) -> None:
        if self._settings.balancers and sender[0] not in self._settings.balancers:
            return
        header = parse(data)
        if not isinstance(header, Header) or header.transport != "udp":
            return  # not from a balancer
        key = (header.source, header.destination)
        line = self._flows.get(key)
        if line is None:
            line = self._new_flow(header, data[: header.length], sender)
            if line is None:
                return
        else:
            line.balancer, line.header = sender, data[: header.length]
            self._flows.move_to_end(key)
        if line.driver is not None:
            line.driver.tell(DatagramIn(data[header.length :]))

    def send(self, datagram: bytes, balancer: Address) -> None:
        """Send to a balancer; lost when the socket is closed or full."""
        if self._transport is not None:
            self._transport.sendto(datagram, balancer)

    def forget(self, key: FlowKey) -> None:
        """The flow is over."""
        self._flows.pop(key, None)

    def _new_flow(self, header: Header, raw: bytes, balancer: Address) -> UdpLine | None:
        key = (header.source, header.destination)
        (host, port), (_, public_port) = key
        channel = Channel(
            "udp",
            Source(host, port),
            public_port - self._settings.port_offset,
            trace=trace_of(header.tlvs),
        )
        if len(self._flows) >= self._house.limits.flows:
            self._push_one_out()
        if self._house.refusal(channel) is not None:
            return None
        line = UdpLine(self, key, raw, balancer)
        self._flows[key] = line
        line.driver = Driver(self._house, channel, line)
        return line

    def _push_one_out(self) -> None:
        for line in islice(self._flows.values(), SEARCHED):
            if line.driver is not None and line.driver.session.is_idle:
                line.driver.drop()
                return
