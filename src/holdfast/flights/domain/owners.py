"""PURE. The law of owners: whose an order, a hold or a feed is, and whose balance pays.

An owner is a name: an agency's or airline's for access tokens, `person:mira` for an account. People
come to the travel pages with or without an account; the shop that the pages are takes their money
and pays with its own balance, so an account has none (docs/decisions/0026).
"""

PERSON = "person:"
"""How what belongs to an account begins: its owner's name, and the id of what it comes with. No
access token has such an owner."""
SHOP = "travel"
"""The owner of the travel pages' own token: whoever comes without an account; and who pays for
those with one. `payer_of` in the database says the same."""


def owner_of(account: str) -> str:
    """The owner that an account is."""
    return PERSON + account


def payer_of(owner: str) -> str:
    """Whose balance pays what an owner buys, and gets back what is refunded."""
    return SHOP if owner.startswith(PERSON) else owner
