"""Who did it, for the audit log."""

from holdfast.flights.entrypoints.http.acts import who_of
from holdfast.flights.service.ports.access import Caller


def caller(owner: str, token_id: str) -> Caller:
    return Caller(owner, token_id, live_mode=True, scopes=frozenset())


def test_an_account_is_known_by_its_name_whatever_it_acts_for() -> None:
    assert who_of(caller("BA", "person:mira")) == "mira"


def test_a_program_is_known_by_its_owner_and_the_beginning_of_its_tokens_id() -> None:
    assert who_of(caller("BA", "0123456789abcdef" * 2)) == "BA (access token 0123456789ab)"
