"""UDP flows whose sessions can move to another member when their own is lost.

For services that declare themselves replayable; other flows never come here. As on TCP the client's
datagrams are kept, the member answers in records, and a new member gets all of it in one datagram,
sent again until it answers. A lost answer is noticed by its number: what it noted is missing, so
that flow cannot move any more. Nothing tells that a silent UDP member has died, so members with
sessions are probed several times a second: the closed port of a dead process is told at once.
"""

import socket
import time
from collections.abc import Iterator
from secrets import token_bytes

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.counters import Counters
from holdfast.platform.balancer.flows import Flow
from holdfast.platform.balancer.handover_wire import (
    HandoverError,
    Kind,
    Record,
    Tag,
    decode_answer,
    pack_resume,
    tag_of,
)
from holdfast.platform.balancer.journal import Journal, JournalBudget, Talk
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.balancer.proxy_protocol import Header, encode, encode_local, parse
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.balancer.udp_relay import DATAGRAMS_PER_ROUND, FlowRow, UdpDoor, UdpRelay
from holdfast.platform.runtime.logs import Log

MAX_MOVES = 16
"""A session that has lost so many members is probably what kills them."""
LOOK_EVERY_S = 0.1
"""How often members are probed, lost ones looked for, and unanswered journals sent again."""
ASK_AGAIN_S, MOST_ASKS = 0.5, 6
"""A journal is sent again after so long, so many times; then the flow goes on without one."""
HELD_DATAGRAMS = 256
"""A client's datagrams that wait for the new member; more are lost, as datagrams may be."""

_log = Log("balancer")


class ReplayableUdpRelay(UdpRelay):
    """The replayable listeners' flows."""

    def __init__(
        self,
        loop: Loop,
        pool: Pool,
        settings: BalancerSettings,
        counters: Counters,
        budget: JournalBudget,
    ) -> None:
        super().__init__(loop, pool, settings, counters)
        self._budget = budget
        self._wait_s = settings.wait_for_handover_s
        self._talking: set[Flow] = set()
        self._seen_generation = pool.generation
        loop.call_every(LOOK_EVERY_S, self._look)

    def read_errors(self, sock: socket.socket) -> None:
        for _ in range(DATAGRAMS_PER_ROUND):
            refused = sockets.next_refusal(sock)
            if refused is None:
                break
            self.member_refused(refused[1])
        self._move_lost()

    def _begin(self, door: UdpDoor, path: tuple[object, ...], payload: bytes) -> Flow | None:
        flow = super()._begin(door, path, payload)
        if flow is not None and flow.talk is not None:
            self._talking.add(flow)
        return flow

    def _restore(self, row: FlowRow, door: UdpDoor | None) -> bool:
        """A flow of the process before us: its member answers in records, but there is no journal,
        so it stays where it is until its session is over."""
        is_restored = super()._restore(row, door)
        flow = self._table.by_header(row.header) if is_restored else None
        header = parse(row.header)
        tag = tag_of(header.tlvs) if isinstance(header, Header) else None
        if flow is not None and tag is not None:
            flow.talk = Talk(tag, self._loop.now, Journal(self._budget))
            flow.talk.journal.spoil()
            self._talking.add(flow)
        return is_restored

    def _new_flow(self, door: UdpDoor, path: tuple[object, ...], target: Target) -> Flow:
        flow = super()._new_flow(door, path, target)
        if not door.listener.replayable:
            return flow
        talk = Talk(Tag(token_bytes(16), time.time()), self._loop.now, Journal(self._budget))
        header = parse(flow.header)
        assert isinstance(header, Header)
        tlvs = (*header.tlvs, talk.tag.encoded())
        flow.header = encode("udp", header.source, header.destination, tlvs)
        flow.talk = talk
        return flow

    def _still_pinned(self, flow: Flow, payload: bytes) -> bool:
        talk = flow.talk
        if talk is None or talk.journal.is_spoilt or self._pool.keeps(flow.target):
            return super()._still_pinned(flow, payload)
        self._move(flow, talk)
        return True

    def _to_member(self, flow: Flow, datagram: bytes) -> None:
        talk = flow.talk
        if talk is not None and not talk.journal.is_spoilt:
            payload = datagram[len(flow.header) :]
            talk.journal.heard(self._loop.now - talk.opened_at, payload)
            talk.is_resting = False
            if talk.is_lost:
                if len(talk.held) < HELD_DATAGRAMS:
                    talk.held.append(datagram)
                return
        super()._to_member(flow, datagram)

    def _send_again(self, sock: socket.socket, flow: Flow, datagram: bytes) -> None:
        if flow.talk is None or not flow.talk.is_lost:  # else it is kept, and its session moves
            super()._send_again(sock, flow, datagram)

    def _to_client(self, flow: Flow, payload: bytes) -> None:
        talk = flow.talk
        try:
            answer = None if talk is None else decode_answer(payload)
        except HandoverError as error:
            _log.warning("member_garbled", node=flow.target.node, why=error)
            return
        if talk is None or answer is None:  # a member that knows no records
            if talk is not None:
                self._give_up(talk)
            super()._to_client(flow, payload)
            return
        number, records = answer
        if number != talk.expected:
            self._give_up(talk)
        talk.expected = number + 1
        for record in records:
            self._take(flow, talk, record)
        if talk.is_lost:
            self._let_go(flow, talk)

    def _take(self, flow: Flow, talk: Talk, record: Record) -> None:
        kind, payload = record
        if kind is Kind.DATA:
            talk.journal.told_datagram(payload)
            super()._to_client(flow, payload)
        elif kind is Kind.NOTE:
            talk.journal.noted(payload)
            talk.is_resting = False
        elif kind is Kind.END:  # whatever comes next is another session
            talk.journal.spoil()
            talk.journal, talk.expected = Journal(self._budget), 0
            talk.opened_at = self._loop.now
        elif kind is Kind.RESTS:
            talk.is_resting = True
        else:
            why = payload.decode(errors="replace")
            _log.warning("handover_refused", session=talk.tag.id.hex(), why=why)
            self._give_up(talk)

    def _look(self) -> None:
        for flow in [flow for flow in self._talking if not self._is_known(flow)]:
            self._talking.discard(flow)
            if flow.talk is not None:
                flow.talk.journal.spoil()
        if self._seen_generation != self._pool.generation:
            self._move_lost()
        for target in {flow.target for flow in self._alive() if self._pool.keeps(flow.target)}:
            self._send_to(target, encode_local())
        for flow in list(self._alive()):
            talk = flow.talk
            if talk is None or talk.is_resting:
                continue
            if not self._pool.keeps(flow.target) or (talk.is_lost and not talk.asked):
                self._move(flow, talk)
            elif talk.asked and self._loop.now - talk.asked_at >= ASK_AGAIN_S:
                self._ask(flow, talk)

    def _alive(self) -> Iterator[Flow]:
        """The flows that could move."""
        for flow in self._talking:
            if flow.talk is not None and not flow.talk.journal.is_spoilt:
                yield flow

    def _is_known(self, flow: Flow) -> bool:
        return self._table.by_header(flow.header) is flow

    def _move_lost(self) -> None:
        """Move the flows whose member is gone, out of rotation, or has a new life."""
        self._seen_generation = self._pool.generation
        for flow in list(self._alive()):
            talk = flow.talk
            if talk is not None and not talk.is_resting and not self._pool.keeps(flow.target):
                self._move(flow, talk)

    def _move(self, flow: Flow, talk: Talk) -> None:
        """Ask another member to go on; when there is none, the next look tries again."""
        now = self._loop.now
        if not talk.is_lost:
            talk.is_lost = True
            talk.lost_at = now
            talk.deaths += 1
            talk.moved_from = flow.target.node
        talk.tried = (*talk.tried, flow.target.node)
        talk.asked = 0
        if talk.deaths > MAX_MOVES or now - talk.lost_at > self._wait_s:
            self._give_up(talk)
            return
        service = self._doors[flow.key[0]].listener.service
        target = self._pool.pick(service, now, talk.tried, flow.address)
        if target is None:
            talk.tried = ()
            return
        talk.moves += 1
        talk.expected = 0
        self._table.move(flow, target)
        flow.generation = self._pool.generation
        self._counters.flows_moved += 1
        name = talk.tag.id.hex()
        _log.info("session_moved", session=name, moved_from=talk.moved_from, to=target.node)
        self._ask(flow, talk)

    def _ask(self, flow: Flow, talk: Talk) -> None:
        """Send the journal to the new member, again if need be."""
        age_s = self._loop.now - talk.opened_at
        packed = pack_resume(talk.journal.resume(age_s, talk.moves, talk.moved_from))
        if packed is None or talk.asked >= MOST_ASKS or talk.journal.is_spoilt:
            self._give_up(talk)
            self._let_go(flow, talk)  # as a new session
            return
        talk.asked += 1
        talk.asked_at = self._loop.now
        talk.held.clear()  # they are in the journal
        self._send_to(flow.target, talk.tag.resuming(flow.header) + packed)

    def _let_go(self, flow: Flow, talk: Talk) -> None:
        """The new member is there: what waited for it goes to it."""
        held, talk.held = talk.held, []
        talk.asked, talk.is_lost, talk.tried = 0, False, ()
        for datagram in held:
            super()._to_member(flow, datagram)

    def _send_to(self, target: Target, datagram: bytes) -> None:
        sock = self._member_socket(target.endpoint)
        for _ in range(2):  # the first error may be of an earlier datagram, told now
            try:
                sock.sendto(datagram, target.endpoint)
            except OSError:
                continue
            return
        self._counters.dropped["member unreachable"] += 1

    @staticmethod
    def _give_up(talk: Talk) -> None:
        """This session cannot move any more."""
        talk.journal.spoil()
