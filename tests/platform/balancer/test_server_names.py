"""How TLS is written down, and what is said when it is written wrongly."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.server_names import (
    CertificateFiles,
    SniEntry,
    TlsEntry,
    found_by_name,
    sni_entries,
    tls_entries,
    with_tls_ports,
)
from holdfast.platform.runtime.app import Listener

RESULTS = Listener("results", "tcp", 8000, "grading-http", refusal=b"no")
QUIZ = Listener("quiz", "udp", 5000, "quiz")


def test_an_entry_names_listener_certificate_and_key() -> None:
    assert tls_entries(["results=/c/a.pem:/c/a.key", "results@8443=both.pem"]) == [
        TlsEntry("results", CertificateFiles(Path("/c/a.pem"), Path("/c/a.key"))),
        TlsEntry("results@8443", CertificateFiles(Path("both.pem"), Path("both.pem"))),
    ]


@pytest.mark.parametrize(
    "text", ["", "results", "results=", "=a:b", "results=a:", "results@x=a:b", "results@70000=a:b"]
)
def test_a_wrong_entry_is_named_with_the_right_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"an entry is listener=certificate\.pem:key\.pem"):
        tls_entries([text])


def test_a_route_names_where_a_server_name_leads() -> None:
    assert sni_entries(["results@8443:Flights.Example.edu.=flights", "a:*.b.c=d"]) == [
        SniEntry("results@8443", "flights.example.edu", "flights"),
        SniEntry("a", "*.b.c", "d"),
    ]


@pytest.mark.parametrize("text", ["", "a=b", "a:=b", "a:x y=b", "a:x=", ":x=b", "a:*=b", "a:x.*=b"])
def test_a_wrong_route_is_named_with_the_right_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"an entry is listener:server\.name=listener"):
        sni_entries([text])


def test_tls_gets_a_port_of_its_own_before_the_same_service() -> None:
    entries = tls_entries(["results@8443=a:b", "results@8443=c:d", "results=a:b"])
    plain, udp, added = with_tls_ports([RESULTS, QUIZ], entries, [])
    assert (plain, udp) == (RESULTS, QUIZ)
    assert (added.name, added.port, added.service) == ("results@8443", 8443, "grading-http")
    assert added.refusal == b"no"


@pytest.mark.parametrize("name", ["reslts", "quiz"])
def test_an_unknown_listener_is_a_mistake_that_names_the_known_ones(name: str) -> None:
    with pytest.raises(Mistake, match=f"names the listener {name}; there are results"):
        with_tls_ports([RESULTS, QUIZ], tls_entries([f"{name}=a:b"]), [])


def test_an_unknown_listener_of_a_route_is_a_mistake_too() -> None:
    tls = tls_entries(["results@8443=a:b"])
    for route in ("nowhere:a.example=results", "results:a.example=nowhere"):
        with pytest.raises(Mistake, match="listener nowhere; there are results, results@8443"):
            with_tls_ports([RESULTS, QUIZ], tls, sni_entries([route]))
    right = sni_entries(["results@8443:a.example=results", "results:a.example=results@8443"])
    assert len(with_tls_ports([RESULTS, QUIZ], tls, right)) == 3


def test_a_star_stands_for_one_label() -> None:
    table = {"*.b.c": 1, "x.b.c": 2}
    assert found_by_name(table, "x.b.c") == 2
    assert found_by_name(table, "y.b.c") == 1
    assert found_by_name(table, "z.y.b.c") is None
    assert found_by_name(table, "b.c") is None
    assert found_by_name(table, "c") is None
    assert found_by_name(table, None) is None
