"""Which door serves whom, and what decrypts it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.certificates import read_certificates
from holdfast.platform.balancer.entrances import Entrances, entrances
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.server_names import sni_entries, tls_entries
from tests.support.tls_keys import certificate, entry

NAMES = ("results", "results@8443", "flights")
DOORS = [SimpleNamespace(number=n, listener=SimpleNamespace(name=x)) for n, x in enumerate(NAMES)]
RESULTS, RESULTS_TLS, FLIGHTS = DOORS


def made(*, tls: tuple[str, ...] = (), sni: tuple[str, ...] = ()) -> Entrances:
    certificates = read_certificates(tls_entries(tls))
    return entrances(DOORS, certificates, sni_entries(sni), Networks())  # type: ignore[arg-type]


def test_without_settings_nobody_has_to_introduce_himself() -> None:
    assert not made()
    assert entrances([], {}, [], Networks(["10.0.0.0/8"]))


def test_a_port_of_its_own_leads_to_the_plain_listener_of_the_service(tmp_path: Path) -> None:
    found = made(tls=(entry("results@8443", certificate(tmp_path, "a.example")),))
    assert set(found.by_door) == {RESULTS_TLS.number}
    entrance = found.by_door[RESULTS_TLS.number]
    assert entrance.decrypts
    door, certificates = entrance.leads_to("whoever.example")
    assert door is RESULTS
    assert certificates is entrance.certificates


def test_a_name_leads_to_another_listener_and_is_passed_on_undecrypted() -> None:
    entrance = made(sni=("results:f.example=flights",)).by_door[RESULTS.number]
    assert not entrance.decrypts
    assert entrance.leads_to("f.example") == (FLIGHTS, None)
    assert entrance.leads_to("other.example") == (RESULTS, None)
    assert entrance.leads_to(None) == (RESULTS, None)


def test_what_leads_to_a_listener_with_certificates_is_decrypted_by_them(tmp_path: Path) -> None:
    found = made(
        tls=(entry("results@8443", certificate(tmp_path, "a.example")),),
        sni=("flights:a.example=results@8443",),
    )
    door, certificates = found.by_door[FLIGHTS.number].leads_to("a.example")
    assert door is RESULTS
    assert certificates is found.by_door[RESULTS_TLS.number].certificates


def test_a_listener_that_decrypts_does_so_whatever_the_name_leads_to(tmp_path: Path) -> None:
    found = made(
        tls=(entry("results@8443", certificate(tmp_path, "a.example")),),
        sni=("results@8443:f.example=flights",),
    )
    entrance = found.by_door[RESULTS_TLS.number]
    assert entrance.leads_to("f.example") == (FLIGHTS, entrance.certificates)


def test_all_certificates_are_read_again_or_none(tmp_path: Path) -> None:
    one, other = certificate(tmp_path, "a.example"), certificate(tmp_path, "b.example")
    found = made(tls=(entry("results@8443", one), entry("flights", other)))

    def contexts() -> list[object]:
        return [each.context(None) for each in found.certificates.values()]

    before, kept = contexts(), other.key.read_bytes()
    other.key.unlink()
    with pytest.raises(Mistake):
        found.reload()
    assert contexts() == before
    other.key.write_bytes(kept)
    told = found.reload()()
    assert told == ["the certificates of results@8443", "the certificates of flights"]
    assert not set(contexts()) & set(before)
