import pytest

from holdfast.flights.wire.duffel_names import check_name, is_name
from holdfast.flights.wire.duffel_texts import Unfit


@pytest.mark.parametrize("name", ["A", "Anna-Maria", "O'Neill", "van der Berg", "Zoë", "Łukasz"])
def test_latin_names_of_up_to_20_characters_are_taken(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "A" * 21, "Æsa", "Þór", "Ĳsbrand", "Ada1", "Ada.", "李", "Ольга", " - ", "A\u0301", "ª"],
)
def test_all_other_names_are_refused_with_their_field(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(Unfit) as caught:
        check_name(name, "given_name", "/passengers/0/given_name")
    assert caught.value.pointer == "/passengers/0/given_name"
    assert "20" in caught.value.message


def test_a_fit_name_is_let_through() -> None:
    check_name("Ada", "given_name", "/given_name")
