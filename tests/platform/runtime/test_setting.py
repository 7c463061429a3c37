"""One setting: text becomes a checked value, and a value becomes text that reads back."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.runtime.setting import Key, keys_of, setting, written


@dataclass(frozen=True, slots=True)
class Zoo:
    """A section with every kind of key."""

    name: str = setting("zoo", "Its name.")
    animals: int = setting(3, "How many.", minimum=0, maximum=100)
    weight: float = 1.5
    open: bool = True
    feeding_s: float = setting(60.0, "Pause between feedings.", minimum=0.1)
    keepers: tuple[str, ...] = ()
    cages: tuple[int, ...] = (1, 2)
    size: Literal["small", "large"] = "small"
    owner: str | None = None
    floors: int | None = None
    house: Path = field(default=Path("house"))
    api_token: str = ""
    seed: str = setting("", "A secret.", secret=True)
    dsn: str = ""


KEYS: dict[str, Key] = {key.name: key for key in keys_of("zoo", Zoo)}


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("name", "  x y ", "x y"),
        ("name", "", ""),
        ("animals", "7", 7),
        ("animals", "+7", 7),
        ("weight", "2", 2.0),
        ("weight", "-1e3", -1000.0),
        ("open", "No", False),
        ("open", "1", True),
        ("open", "off", False),
        ("feeding_s", "90", 90.0),
        ("feeding_s", "250ms", 0.25),
        ("feeding_s", "1h30m", 5400.0),
        ("feeding_s", "2d", 172800.0),
        ("feeding_s", "1.5m", 90.0),
        ("keepers", "", ()),
        ("keepers", "a, b", ("a", "b")),
        ("keepers", '["a,b", " c"]', ("a,b", "c")),
        ("cages", "4,5", (4, 5)),
        ("cages", "[4, 5]", (4, 5)),
        ("size", "large", "large"),
        ("owner", "", None),
        ("owner", "Ada", "Ada"),
        ("floors", "2", 2),
        ("house", "/a/b", Path("/a/b")),
    ],
)
def test_text_is_parsed_by_the_type_of_the_key(key: str, text: str, value: object) -> None:
    parsed = KEYS[key].parse(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "due"),
    [
        ("animals", "x", "a whole number"),
        ("animals", "1.0", "a whole number"),
        ("animals", "٣", "a whole number"),
        ("animals", "9" * 30, "a whole number"),
        ("animals", "-1", "at least 0"),
        ("animals", "101", "at most 100"),
        ("weight", "heavy", "a number"),
        ("weight", "5m", "a number"),
        ("weight", "nan", "a number"),
        ("weight", "inf", "a number"),
        ("open", "maybe", "true or false"),
        ("feeding_s", "5 minutes", "a duration"),
        ("feeding_s", "5x", "a duration"),
        ("feeding_s", "1ms", "at least 0.1"),
        ("cages", "1,x", "a whole number"),
        ("cages", "[1", "a list"),
        ("size", "huge", "one of small, large"),
        ("house", "", "a path"),
        ("name", "a\0b", "without zero bytes"),
    ],
)
def test_wrong_text_says_what_is_due(key: str, text: str, due: str) -> None:
    with pytest.raises(ValueError, match=due):
        KEYS[key].parse(text)


@pytest.mark.parametrize(
    ("key", "value", "accepted"),
    [
        ("feeding_s", "5m", 300.0),
        ("feeding_s", 5, 5.0),
        ("weight", 1, 1.0),
        ("keepers", ["a", "b"], ("a", "b")),
        ("cages", [1], (1,)),
        ("owner", None, None),
        ("house", "x", Path("x")),
        ("house", Path("x"), Path("x")),
    ],
)
def test_values_of_files_and_programs_are_accepted(
    key: str, value: object, accepted: object
) -> None:
    assert KEYS[key].accept(value) == accepted


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("animals", "7"),
        ("animals", True),
        ("animals", 1.0),
        ("weight", "2"),
        ("weight", False),
        ("weight", float("inf")),
        ("open", 1),
        ("name", 3),
        ("keepers", "a"),
        ("keepers", {"a": 1}),
        ("house", 3),
        ("size", 3),
    ],
)
def test_values_of_the_wrong_type_are_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        KEYS[key].accept(value)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])).map(
        str.strip
    ),
    "animals": st.integers(0, 100),
    "weight": st.floats(allow_nan=False, allow_infinity=False),
    "open": st.booleans(),
    "keepers": st.lists(
        st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1)
    ).map(lambda items: tuple(item.strip() for item in items if item.strip())),
    "cages": st.lists(st.integers(-(10**17), 10**17)).map(tuple),
    "floors": st.none() | st.integers(-5, 5),
}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda k: st.tuples(st.just(k), VALUES[k])))
def test_what_is_written_reads_back_the_same(case: tuple[str, object]) -> None:
    key, value = case
    assert KEYS[key].parse(written(value)) == value


def test_secrets_and_passwords_in_addresses_are_masked() -> None:
    assert KEYS["api_token"].shown("abc") == "***"
    assert KEYS["seed"].shown("abc") == "***"
    assert KEYS["seed"].shown("") == ""
    shown = KEYS["dsn"].shown("postgresql://me:secret@host/db")
    assert shown == "postgresql://me:***@host/db"
    assert KEYS["dsn"].shown("postgresql:///db?user=me&password=se&x=1").endswith("***&x=1")
    assert "p@ss" not in KEYS["dsn"].shown("postgresql://me:p@ss@host/db")


def test_a_key_knows_its_names_and_help() -> None:
    key = KEYS["feeding_s"]
    assert (key.dotted, key.variable) == ("zoo.feeding_s", "HOLDFAST_ZOO_FEEDING_S")
    assert key.facts.help == "Pause between feedings."
    assert KEYS["open"].is_flag
    assert not key.is_flag


def test_a_section_is_an_ordinary_dataclass() -> None:
    assert Zoo().feeding_s == 60.0
    assert Zoo(animals=4).animals == 4


def test_a_key_without_default_is_an_error_of_the_program() -> None:
    @dataclass
    class Bad:
        name: str

    with pytest.raises(TypeError, match="name needs a default"):
        keys_of("bad", Bad)


def test_a_default_may_come_from_a_factory() -> None:
    @dataclass
    class Lists:
        names: tuple[str, ...] = field(default_factory=lambda: ("a",))

    assert keys_of("lists", Lists)[0].default == ("a",)


@pytest.mark.parametrize("kind", [int | str, dict, int | str | None])
def test_types_that_cannot_be_settings_are_errors_of_the_program(kind: Any) -> None:
    bad = Key("a", "b", kind, None, KEYS["name"].facts)
    with pytest.raises(TypeError, match="cannot have the type"):
        bad.parse("x")
