"""The law of the observer: it watches the leader, and helps to depose one that is surely gone.

Patroni waits for the leader's key to expire, 20 s at least. Observers at the other members agree
within 2 s and remove it, so that a synchronous replica is promoted at once. Only where there are
such replicas: one is promoted with the votes of so many of them that the old leader, should it
live, gets no commit acknowledged; it steps down as soon as it finds its key gone or the store out
of reach.
"""

import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from holdfast.platform.data.cluster.plan import ClusterPlan, MemberPlan
from holdfast.platform.data.cluster.rest import ask
from holdfast.platform.data.cluster.silence import Silence, Term, agreed, is_silent, listened
from holdfast.platform.data.cluster.store import Store, StoreSilent, View
from holdfast.platform.runtime.logs import Log

PROBE_EVERY_S = 0.3
PROBE_S = 0.5
"""A live server answers in milliseconds, a busy one in tens of them."""
END_S = 5.0
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""A question that every live PostgreSQL answers before any login, by one byte."""

_log = Log("observer")


class Observer:
    """`with Observer(plan, name):` watches from a thread until the block is left."""

    def __init__(self, plan: ClusterPlan, name: str) -> None:
        """`name`: the member at which it stands; its own etcd is asked first."""
        self._plan = plan
        self._name = name
        self._store = Store((plan.member(name), *plan.others(name)), plan.scope)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)
        self._probes = ThreadPoolExecutor(2, thread_name_prefix="probe")

    def __enter__(self) -> "Observer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(END_S)
        self._probes.shutdown(wait=False, cancel_futures=True)

    def _watch(self) -> None:
        silence = Silence()
        while not self._ended.wait(PROBE_EVERY_S):
            try:
                silence = self._look(silence)
            except StoreSilent:
                continue  # between two looks; the next one tells
            except Exception:
                _log.exception("observer_failed")
                silence = Silence()

    def _look(self, silence: Silence) -> Silence:
        """One probe of the leader, and what follows from it.

        A store that is silent, too, may have lost its own leader with ours: the count goes on, and
        nothing is done before the store has answered again.
        """
        began = time.monotonic()
        known = silence.term
        probes = [] if known is None else self._probe(known.leader)
        try:
            view = self._store.view()
        except StoreSilent:
            view = None
        term = known if view is None else view.term
        if term is None or term.leader == self._name:
            return Silence()
        if view is not None and not view.has_synchronous:
            return Silence()
        if known is None or known.leader != term.leader:
            began, probes = time.monotonic(), self._probe(term.leader)
        heard = any(probe.result() for probe in probes)
        silence = listened(silence, term, heard=heard, began=began)
        if view is not None and is_silent(silence, time.monotonic()):
            self._depose(term)
        return silence

    def _depose(self, term: Term) -> None:
        self._store.state(self._name, term)
        view: View = self._store.view()
        together = agreed(self._name, view.statements, of=len(self._plan.members))
        if view.term == term and view.has_synchronous and together is not None:
            removed = self._store.remove_leader(view, together)
            _log.warning(
                "leader_deposed" if removed else "leader_changed",
                leader=term.leader,
                observers=",".join(together),
            )

    def _probe(self, leader: str) -> "list[Future[bool]]":
        """Questions under way to its Patroni and its PostgreSQL: does either say anything?"""
        try:
            member = self._plan.member(leader)
        except KeyError:
            return [self._probes.submit(lambda: True)]  # nobody we know: not ours to judge
        return [
            self._probes.submit(_patroni_answers, member),
            self._probes.submit(_postgres_answers, member),
        ]


def _patroni_answers(member: MemberPlan) -> bool:
    return ask(member, "/liveness", within_s=PROBE_S) is not None


def _postgres_answers(member: MemberPlan) -> bool:
    try:
        with socket.create_connection((member.address, member.postgres), PROBE_S) as connection:
            connection.settimeout(PROBE_S)
            connection.sendall(_SSL_REQUEST)
            return bool(connection.recv(1))
    except OSError:
        return False
