from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.pages.sealing import SEAL_CHARS, Seals

SEALS = Seals(b"a key that only tests know, 32 B+")


def test_a_link_opens_its_order_and_no_other() -> None:
    seal = SEALS.order("ord_1")
    assert len(seal) == SEAL_CHARS
    assert SEALS.is_order("ord_1", seal)
    assert not SEALS.is_order("ord_2", seal)


def test_another_installation_makes_other_links() -> None:
    assert not Seals(b"b" * 32).is_order("ord_1", SEALS.order("ord_1"))


@given(st.text(max_size=60))
def test_whatever_is_guessed_opens_nothing(guess: str) -> None:
    assert SEALS.is_order("ord_1", guess) == (guess == SEALS.order("ord_1"))
