"""Authorities are read where something is encrypted; elsewhere nobody is believed."""

import ssl

import pytest

from holdfast.platform.web.trust import trust


def test_an_encrypted_address_among_others_needs_the_usual_authorities() -> None:
    assert trust("http://127.0.0.1:8000", "HTTPS://grading.example") is True


@pytest.mark.parametrize("addresses", [(), ("http://127.0.0.1:8000", "http://192.0.2.1:8000")])
def test_in_the_clear_nobody_is_believed(addresses: tuple[str, ...]) -> None:
    nobody = trust(*addresses)
    assert isinstance(nobody, ssl.SSLContext)
    assert nobody.verify_mode is ssl.CERT_REQUIRED
    assert nobody.check_hostname
    assert nobody.get_ca_certs() == []
