"""How an app declares its roles."""

from tests.support.zoo import GUEST, KEEPER


def test_a_role_is_called_like_its_process_with_what_sql_allows() -> None:
    assert (KEEPER.key, GUEST.key) == ("zoo_keeper", "guest")


def test_a_role_sends_what_its_use_cases_send() -> None:
    assert KEEPER.statements == {"feed", "pets"}
    assert GUEST.statements == {"pets"}
