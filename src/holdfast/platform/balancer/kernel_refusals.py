"""Learns from the kernel which UDP members refuse what it brings them.

A closed UDP port answers with an ICMP message. On the kernel's path that passes us by, so a rule
keeps it from the client and notes who sent it about which member; here the notes are read, twice a
second and only while such listeners are carried. Only a member's own machine is believed. A member
that refused is out of rotation, as if the relay had tried it.
"""

import json
from collections.abc import Callable, Collection
from ipaddress import ip_address

from holdfast.platform.balancer.kernel_programs import Outcome, Programs
from holdfast.platform.balancer.kernel_rules import Table, notes, wipe_notes
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.membership.wire import Endpoint

READ_EVERY_S = 0.5
"""A client of a dead member is without answers for so long, and a little more."""
FAMILIES = (4, 6)


class Refusals:
    """The notes of one balancer's table. `families` tells which have UDP listeners carried now;
    `refused` gets each member's address."""

    def __init__(
        self,
        loop: Loop,
        programs: Programs,
        program: str,
        *,
        families: Callable[[], Collection[int]],
        refused: Callable[[Endpoint], None],
    ) -> None:
        self._loop = loop
        self._programs = programs
        self._program = program
        self._families = families
        self._refused = refused
        self._asking = 0

    def start(self, table: Callable[[], Table]) -> None:
        """Read from now on."""
        self._loop.call_every(READ_EVERY_S, lambda: self._read(table()))

    def _read(self, table: Table) -> None:
        if self._asking:
            return
        for family in self._families():

            def answered(outcome: Outcome, family: int = family) -> None:
                self._asking -= 1
                found = noted(outcome.said) if not outcome.code else set()
                if found:  # what comes until they are wiped is lost, and will come again
                    wipe = (self._program, "-f", "-")
                    self._programs.run(wipe, wipe_notes(table, family), lambda _: None)
                for endpoint in sorted(found):
                    self._refused(endpoint)

            if self._programs.run((self._program, *notes(table, family)), "", answered):
                self._asking += 1


def noted(answer: bytes) -> set[Endpoint]:
    """The members that refused, from nft's JSON; empty if unreadable. Each note says who told it,
    the member's host and port. On loopback the sender is our own address by then, and nobody else
    can send from there."""
    try:
        found = json.loads(answer)["nftables"]
        told = [each["set"].get("elem", []) for each in found if "set" in each]
        triples = [each["elem"]["val"]["concat"] for notes in told for each in notes]
        return {
            (str(host), int(port))
            for sender, host, port in triples
            if sender == host or ip_address(sender).is_loopback
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()
