"""Whose address it is: told under seal, or whoever is connected."""

import pytest

from holdfast.flights.entrypoints.http.asked import Asked
from holdfast.flights.entrypoints.http.clients import HEADER, Clients
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from tests.flights.entrypoints.http.site import SIGNER

CLIENTS = Clients(SIGNER)


async def _nothing() -> dict[str, object]:
    raise AssertionError


def asked(value: str | None, request_id: str = "r-1") -> Asked:
    headers = {} if value is None else {HEADER: value.encode("latin-1")}
    return Asked({}, _nothing, request_id, "POST", "/", headers, "10.0.0.1")


def test_what_the_front_door_tells_is_believed() -> None:
    assert CLIENTS.host_of(asked(CLIENTS.told("192.0.2.7", "r-1"))) == "192.0.2.7"


def test_without_a_word_it_is_who_is_connected() -> None:
    assert CLIENTS.host_of(asked(None)) == "10.0.0.1"


@pytest.mark.parametrize(
    "value",
    [
        "192.0.2.7",
        "192.0.2.7 ",
        "192.0.2.7 " + 43 * "A",
        "192.0.2.8" + CLIENTS.told("192.0.2.7", "r-1").removeprefix("192.0.2.7"),
        CLIENTS.told("192.0.2.7", "r-2"),
        Clients(Signer(b"the key of another installation.")).told("192.0.2.7", "r-1"),
        "\xe9 \xe9",
        65 * "1" + " x",
    ],
    ids=range(8),
)
def test_what_anybody_else_tells_is_not(value: str) -> None:
    assert CLIENTS.host_of(asked(value)) == "10.0.0.1"


def test_an_address_brings_nothing_that_is_none() -> None:
    assert CLIENTS.told("a\r\nb\xe9", "r-1").startswith("ab ")
