"""Trace ids: one name for a client's connection in the balancer's log and in its node's.

16 random bytes, as W3C's Trace Context has them ("trace-id": 32 hexadecimal digits, not all zero),
so an id can be looked up in any tracing system. It travels to the node in the PROXY header. A
`traceparent` inside a relayed HTTP request is the client's own and is not touched: the relay does
not read what it carries.
"""

import os
from collections.abc import Callable

from holdfast.platform.balancer.proxy_protocol import TRACE_BYTES, TRACE_TLV, Tlv

DRAWN_AT_ONCE = 256
"""Ids' worth of randomness from one system call: a tenth of a call an id."""


class TraceIds:
    """Draws ids, each once."""

    def __init__(self, dice: Callable[[int], bytes] = os.urandom) -> None:
        """`dice(n)` gives n random bytes."""
        self._dice = dice
        self._drawn = b""
        self._at = 0

    def draw(self) -> bytes:
        """A fresh id, never all zero."""
        if self._at == len(self._drawn):
            self._drawn, self._at = self._dice(TRACE_BYTES * DRAWN_AT_ONCE), 0
        self._at += TRACE_BYTES
        found = self._drawn[self._at - TRACE_BYTES : self._at]
        return found if any(found) else self.draw()

    def tlvs(self) -> tuple[Tlv, ...]:
        """A fresh id as what a PROXY header carries."""
        return ((TRACE_TLV, self.draw()),)


class NoTraceIds(TraceIds):
    """For fleets whose nodes do not send UDP headers back as they came: nothing is added."""

    def tlvs(self) -> tuple[Tlv, ...]:
        """Nothing."""
        return ()
