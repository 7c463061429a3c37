"""Every port of the course years is open, and a refused client is told why in its own protocol."""

from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.wire.course import COURSE, ErrorReply
from holdfast.grading.wiring.listeners import listeners
from tests.grading.wiring.settings import effective

PUBLIC_TCP = {8080, 4444, 4446, 4447, 4448, 4449, 8000}
PUBLIC_UDP = {5252, 6006, 5005, 7007, 8008, 2002}


def test_all_ports_of_the_three_years_are_open() -> None:
    opened = {(each.transport, each.port) for each in listeners(effective())}
    assert opened == {("tcp", p) for p in PUBLIC_TCP} | {("udp", p) for p in PUBLIC_UDP}


def test_every_test_has_its_port() -> None:
    opened = {(each.transport, each.port) for each in listeners(effective())}
    for scenario in CATALOGUE.values():
        assert all((scenario.transport, port) in opened for port in scenario.ports)


def test_a_refused_client_gets_an_error_frame_or_an_http_answer() -> None:
    for each in listeners(effective()):
        if each.transport == "udp":
            continue
        for answer in (each.refusal, each.busy):
            if each.port == 8000:
                head, _, body = answer.partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 503 ")
                assert f"Content-Length: {len(body)}".encode() in head
            else:
                (frame,) = COURSE.stream().feed(answer)
                assert isinstance(frame.message, ErrorReply)  # type: ignore[union-attr]


def test_members_learn_the_clients_address() -> None:
    assert all(each.proxied for each in listeners(effective()))
