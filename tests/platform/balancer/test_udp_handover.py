"""UDP flows that outlive their member, and those that cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from socket import socket

from holdfast.platform.balancer.handover_wire import Kind, Resume, encode_record
from tests.support.balancing import SETTINGS, UDP, Balancing, balancing, udp_client
from tests.support.processes import until
from tests.support.record_members import RecordFlows

MOVING = replace(UDP, replayable=True)


@contextmanager
def talking(**changes: object) -> Iterator[tuple[Balancing, RecordFlows, socket, bytes]]:
    """A balancer, a member, a client, and the header of their flow: it has said and heard one."""
    settings = replace(SETTINGS, **changes)  # type: ignore[arg-type]
    with RecordFlows("a") as a, balancing(MOVING, settings=settings) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        client.sendto(b"one", b.address("u"))
        head, payload = a.hear()
        assert payload == b"one"
        a.say(head, (Kind.NOTE, b"heard one"), (Kind.DATA, b"first answer"))
        assert client.recv(100) == b"first answer"
        yield b, a, client, head


def moved(b: Balancing) -> int:
    return b.balancer._counters.flows_moved


def test_a_lost_members_flow_goes_on_at_another_one_without_a_word_of_the_client() -> None:
    with talking() as (b, a, client, head), RecordFlows("z") as z:
        b.add("z", udp_service=z.endpoint)
        a.sock.close()
        again, resume = z.hear()
        assert again == head
        assert isinstance(resume, Resume)
        assert [data for _, data in resume.pieces] == [b"one"]
        assert list(resume.notes) == [b"heard one"]
        assert (resume.delivered, resume.moved_from, resume.moves) == (1, "a", 1)
        z.say(head, (Kind.NOTE, b"moved"), (Kind.DATA, b"second answer"))
        assert client.recv(100) == b"second answer"
        client.sendto(b"two", b.address("u"))
        assert z.hear() == (head, b"two")


def test_what_the_client_says_meanwhile_waits_for_the_new_member() -> None:
    with talking() as (b, a, client, head), RecordFlows("z") as z:
        b.add("z", udp_service=z.endpoint)
        a.sock.close()
        z.hear()
        client.sendto(b"two", b.address("u"))
        again, resume = z.hear()  # asked again: it is in the journal now
        assert isinstance(resume, Resume)
        assert [data for _, data in resume.pieces] == [b"one", b"two"]
        z.say(again, (Kind.NOTE, b"moved"))
        client.sendto(b"three", b.address("u"))
        assert z.hear() == (head, b"three")


def test_a_resting_flow_moves_only_when_its_client_speaks() -> None:
    with talking() as (b, a, client, head), RecordFlows("z") as z:
        a.say(head, (Kind.RESTS, b""), (Kind.DATA, b"well"))
        assert client.recv(100) == b"well"
        b.add("z", udp_service=z.endpoint)
        a.sock.close()
        until(lambda: b.fit("udp-service") == 1, "its absence is noticed")
        assert moved(b) == 0
        client.sendto(b"two", b.address("u"))
        _, resume = z.hear()
        assert isinstance(resume, Resume)
        assert moved(b) == 1


def test_it_waits_until_there_is_a_member_again() -> None:
    with talking() as (b, a, client, head), RecordFlows("z") as z:
        a.sock.close()
        until(lambda: b.fit("udp-service") == 0, "its absence is noticed")
        client.sendto(b"two", b.address("u"))
        b.add("z", udp_service=z.endpoint)
        while True:
            _, resume = z.hear()
            assert isinstance(resume, Resume)
            if len(resume.pieces) == 2:
                break
        z.say(head, (Kind.DATA, b"here I am"))
        assert client.recv(100) == b"here I am"


def test_a_member_that_cannot_go_on_gets_the_client_as_a_new_one() -> None:
    with talking() as (b, a, client, head), RecordFlows("z") as z:
        b.add("z", udp_service=z.endpoint)
        a.sock.close()
        z.hear()
        z.say(head, (Kind.REFUSED, b"it says something else"))
        until(lambda: not any(b.balancer._udp._alive()), "the refusal")
        client.sendto(b"two", b.address("u"))
        assert z.hear() == (head, b"two")


def test_a_flow_whose_note_was_lost_does_not_move_but_is_served() -> None:
    with talking() as (b, a, client, head), RecordFlows("z") as z:
        a.say(head, (Kind.DATA, b"behind a lost one"), skip=1)
        assert client.recv(100) == b"behind a lost one"
        b.add("z", udp_service=z.endpoint)
        a.sock.close()
        client.sendto(b"lost with its member", b.address("u"))
        until(lambda: b.fit("udp-service") == 1, "its absence is noticed")
        client.sendto(b"two", b.address("u"))
        assert z.hear() == (head, b"two")


def test_after_an_end_another_session_begins_with_a_fresh_journal() -> None:
    with talking() as (b, a, client, head), RecordFlows("z") as z:
        a.say(head, (Kind.DATA, b"the end"), (Kind.END, b""))
        assert client.recv(100) == b"the end"
        a.numbers.clear()
        client.sendto(b"new", b.address("u"))
        a.hear()
        a.say(head, (Kind.NOTE, b"begun"), (Kind.DATA, b"welcome"))
        assert client.recv(100) == b"welcome"
        b.add("z", udp_service=z.endpoint)
        a.sock.close()
        _, resume = z.hear()
        assert isinstance(resume, Resume)
        assert [data for _, data in resume.pieces] == [b"new"]
        assert list(resume.notes) == [b"begun"]
        assert resume.delivered == 1


def test_a_member_that_knows_no_records_is_relayed_as_ever() -> None:
    with RecordFlows("old") as old, balancing(MOVING) as b, udp_client() as client:
        b.add("old", udp_service=old.endpoint)
        client.sendto(b"one", b.address("u"))
        head, _ = old.hear()
        old.sock.sendto(head + b"plain", old.balancer)
        assert client.recv(100) == b"plain"


def test_a_garbled_answer_is_dropped() -> None:
    with talking() as (_, a, client, head):
        whole = encode_record(Kind.DATA, b"x" * 10)
        a.sock.sendto(head + b"\0HJ1\0\0\0\1" + whole[:-1], a.balancer)
        a.say(head, (Kind.DATA, b"next"))
        assert client.recv(100) == b"next"


def test_forgotten_flows_give_their_journals_back() -> None:
    with talking(udp_idle_s=1.0) as (b, _, _, _):
        relay = b.balancer._udp
        until(lambda: relay.flows == 0 and not relay._talking, "it is forgotten")
        assert relay._budget.take(SETTINGS.journals_bytes)


def test_what_a_dead_member_refused_does_not_reach_the_next_one_before_the_journal() -> None:
    """A datagram's error is told when the next one is sent: that one belongs to the journal then,
    for a member that knows nothing of the session would begin a new one."""
    for _ in range(5):
        with talking() as (b, a, client, _), RecordFlows("z") as z:
            b.add("z", udp_service=z.endpoint)
            a.sock.close()
            for word in (b"two", b"three", b"four"):
                client.sendto(word, b.address("u"))
            _, first = z.hear()
            assert isinstance(first, Resume)
