"""Whose an order is, and whose balance pays."""

from holdfast.flights.domain.owners import SHOP, owner_of, payer_of


def test_an_account_is_an_owner_that_no_token_can_have() -> None:
    assert owner_of("mira") == "person:mira"


def test_the_shop_pays_for_accounts_and_everybody_else_for_themselves() -> None:
    assert payer_of(owner_of("mira")) == SHOP
    assert [payer_of(owner) for owner in ("anna", SHOP, "persona")] == ["anna", SHOP, "persona"]
