"""What the kernel remembers of clients: forgotten when it would lead them to nobody.

A connection that the kernel carries is an entry of its table, and the entry leads to its member for
as long as packets come. So a TCP member that is out of rotation loses the clients it never
answered, whose systems then try again and reach another; one that is gone loses all, after
`CUT_AFTER_S` for its last words. What is cut is told to the client by a reset, as soon as it sends
something. A UDP client would never be told: a member that does not keep its flows loses them at
once, and each client's next datagram finds another.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial

from holdfast.platform.balancer.kernel_programs import Outcome, Programs
from holdfast.platform.balancer.kernel_rules import (
    Gate,
    flows_at,
    forget,
    members_in,
    still_open,
)
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.membership.wire import Endpoint

CUT_AFTER_S = 1.0
LOOK_AGAIN_S = 0.5
"""How often a stopping balancer looks whether anybody is left."""


class Flows:
    """The flows of one balancer. `program` is conntrack's, empty without it; `members` are the
    addresses of those of a service who keep what they have; `forget_near` does for the packet
    program's flows what conntrack does for the others."""

    def __init__(
        self,
        loop: Loop,
        programs: Programs,
        program: str,
        members: Callable[[str], Collection[Endpoint]],
        forget_near: Callable[[Gate, Endpoint, bool], None],
    ) -> None:
        self._loop = loop
        self._programs = programs
        self._program = program
        self._members = members
        self._forget_near = forget_near
        self._used: dict[tuple[str, Endpoint], set[Gate]] = {}
        """Members that may have flows, and at which ports."""

    def used(self, service: str, gate: Gate, endpoints: Iterable[Endpoint]) -> None:
        """Clients of this port are led to these members from now on."""
        for endpoint in endpoints:
            self._used.setdefault((service, endpoint), set()).add(gate)

    def inherit(self, service: str, port: int) -> None:
        """A balancer before us may have left flows of this UDP port: learn whose they are, and cut
        those of members that are no more."""

        def listed(outcome: Outcome) -> None:
            self.used(service, ("udp", port), members_in(outcome.said))
            self.cut_gone()

        for question in flows_at(port):
            self._programs.run((self._program, *question), "", listed)

    def let_go(self, gate: Gate, endpoints: Iterable[Endpoint]) -> None:
        """These members get no new clients at this port: those they never answered may go."""
        if gate[0] == "udp":  # they keep what they have, or `cut_gone` cuts it
            return
        for endpoint in sorted(endpoints):
            self._forget(gate, endpoint, unanswered=True)

    def cut_gone(self) -> None:
        """Cut the flows of members that are no more, in a moment, if they are not back by then."""
        gone = [key for key in self._used if key[1] not in self._members(key[0])]
        for service, endpoint in gone:
            gates = sorted(self._used.pop((service, endpoint)))
            cut = partial(self._cut, service, endpoint, gates)
            if gates[0][0] == "udp":  # a service has one transport
                cut()
            else:
                self._loop.call_at(self._loop.now + CUT_AFTER_S, cut)

    def when_empty(self, ports: Collection[int], done: Callable[[], None]) -> None:
        """Call back when no client is on the kernel's path at these TCP ports any more."""
        questions = [question for port in sorted(ports) for question in still_open(port)]
        left, anybody = len(questions), False

        def answered(outcome: Outcome) -> None:
            nonlocal left, anybody
            left -= 1
            anybody = anybody or b"dport=" in outcome.said
            if left:
                return
            if anybody:
                again = partial(self.when_empty, ports, done)
                self._loop.call_at(self._loop.now + LOOK_AGAIN_S, again)
            else:
                done()

        if not questions:
            done()
        for question in questions:
            self._programs.run((self._program, *question), "", answered)

    def _cut(self, service: str, endpoint: Endpoint, gates: Collection[Gate]) -> None:
        if endpoint in self._members(service):
            return
        for gate in gates:
            self._forget(gate, endpoint, unanswered=False)

    def _forget(self, gate: Gate, endpoint: Endpoint, *, unanswered: bool) -> None:
        self._forget_near(gate, endpoint, unanswered)
        if self._program:
            # Nothing to delete is no failure; after a failure flows still end by their time-outs.
            arguments = forget(gate, endpoint, unanswered=unanswered)
            self._programs.run((self._program, *arguments), "", lambda _: None)
