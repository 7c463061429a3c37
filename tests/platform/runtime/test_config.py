"""Effective settings: the right source wins, every origin is known, no typing error is silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.runtime.config import (
    CONFIG_VARIABLE,
    Effective,
    Flag,
    set_flag,
    settings_file,
)
from holdfast.platform.runtime.setting import setting


@dataclass(frozen=True, slots=True)
class Zoo:
    name: str = "zoo"
    animals: int = setting(3, "How many.", minimum=0)
    feeding_s: float = 60.0
    keepers: tuple[str, ...] = ()
    password: str = ""
    low: int = 0
    high: int = 10

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


@dataclass(frozen=True, slots=True)
class Gate:
    open: bool = False


SECTIONS = {"zoo": Zoo, "gate": Gate}


def load(flags: Sequence[Flag] = (), file: Path | None = None, **environment: str) -> Effective:
    return Effective.load(SECTIONS, flags=flags, environment=environment, file=file)


def write(folder: Path, text: str) -> Path:
    file = folder / "holdfast.toml"
    file.write_text(text)
    return file


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    file = write(tmp_path, '[zoo]\nanimals = 1\nname = "file"\nfeeding_s = "2m"\n')
    effective = load(
        [set_flag("zoo.animals=5")], file, HOLDFAST_ZOO_ANIMALS="4", HOLDFAST_ZOO_NAME="env"
    )
    zoo = effective.section(Zoo)
    assert (zoo.animals, zoo.name, zoo.feeding_s, zoo.keepers) == (5, "env", 120.0, ())
    assert effective.origin("zoo.animals") == "flag --set zoo.animals"
    assert effective.origin("zoo.name") == "environment HOLDFAST_ZOO_NAME"
    assert effective.origin("zoo.feeding_s") == str(file)
    assert effective.origin("zoo.keepers") == "default"


def test_a_flag_with_a_name_of_its_own_is_named_in_mistakes() -> None:
    with pytest.raises(Mistake, match=r"zoo.animals \(flag --animals\) must be a whole number"):
        load([Flag("zoo.animals", "many", "--animals")])


@pytest.mark.parametrize("text", ["zoo.animals", "animals=3", "=3"])
def test_a_set_flag_needs_section_key_and_value(text: str) -> None:
    with pytest.raises(Mistake, match=r"section.key=value"):
        set_flag(text)


def test_a_value_may_hold_an_equals_sign() -> None:
    assert load([set_flag("zoo.name=a=b")]).section(Zoo).name == "a=b"


@pytest.mark.parametrize(
    ("flag", "nearest"),
    [
        ("zoo.animal=3", "did you mean zoo.animals"),
        ("gate.animals=3", "did you mean zoo.animals"),
        ("other.feeding_s=3", "did you mean zoo.feeding_s"),
        ("q.w=3", "`holdfast config` lists all"),
    ],
)
def test_an_unknown_key_names_the_nearest(flag: str, nearest: str) -> None:
    with pytest.raises(Mistake, match=nearest):
        load([set_flag(flag)])


def test_an_unknown_variable_names_the_nearest() -> None:
    with pytest.raises(Mistake, match=r"HOLDFAST_ZOO_ANIMAL .* mean HOLDFAST_ZOO_ANIMALS"):
        load(HOLDFAST_ZOO_ANIMAL="3")


def test_variables_of_others_and_of_the_machinery_are_left_alone() -> None:
    load(PATH="/bin", HOLDFAST_READY_FD="7", HOLDFAST_PARENT_FD="8", HOLDFAST_CONFIG="")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[zoo]\nanimal = 1\n", "There is no setting zoo.animal .*did you mean zoo.animals"),
        ("[zo]\nanimals = 1\n", r"unknown section or key \[zo\]; did you mean zoo"),
        ("animals = 1\n", r"unknown section or key \[animals\]"),
        ("zoo = 1\n", "zoo must be a section"),
        ('[zoo]\nanimals = "1"\n', "must be a whole number, not '1'"),
        ("[zoo]\nanimals = -1\n", "must be at least 0"),
        ("[zoo\n", "is not valid TOML"),
        ("[zoo]\nlow = 20\n", r"\[zoo\] do not fit together: low is above high"),
    ],
)
def test_a_wrong_file_is_a_mistake_that_names_it(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(Mistake, match=complaint):
        load(file=write(tmp_path, text))


def test_a_file_that_is_not_text_or_far_too_large_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Mistake, match="is not valid TOML"):
        load(file=file)
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(Mistake, match="less than a million"):
        load(file=file)
    with pytest.raises(Mistake, match="cannot be read"):
        load(file=tmp_path)


def test_mistakes_never_show_secrets() -> None:
    with pytest.raises(Mistake) as caught:
        load([set_flag("zoo.password=hunter2\0")])
    assert "hunter2" not in str(caught.value)


def test_rows_show_every_key_with_origin_and_masked_secrets() -> None:
    rows = {row.key: row for row in load(HOLDFAST_ZOO_PASSWORD="x", HOLDFAST_GATE_OPEN="1").rows()}
    assert list(rows)[:2] == ["zoo.name", "zoo.animals"]
    assert rows["zoo.password"].value == "***"
    assert rows["gate.open"].value == "true"
    assert rows["zoo.animals"].help == "How many."


def test_children_get_exactly_the_same_settings(tmp_path: Path) -> None:
    file = write(tmp_path, '[zoo]\nkeepers = ["a", "b,c", ""]\nfeeding_s = 0.1\n')
    effective = load([set_flag("gate.open=yes")], file)
    variables = effective.environment()
    assert variables[CONFIG_VARIABLE] == ""
    child = Effective.load(SECTIONS, environment=variables, file=settings_file(variables))
    assert child.section(Zoo) == effective.section(Zoo)
    assert child.section(Gate) == effective.section(Gate)


def test_a_program_may_set_values_and_says_so() -> None:
    effective = load().with_values({"zoo.animals": 9}, "demo")
    assert effective.section(Zoo).animals == 9
    assert effective.origin("zoo.animals") == "demo"
    with pytest.raises(Mistake, match=r"zoo.animals"):
        effective.with_values({"zoo.animals": "9"})
    with pytest.raises(Mistake, match=r"no setting zoo.nothing"):
        effective.with_values({"zoo.nothing": 1})


def test_single_values_can_be_asked_for() -> None:
    effective = load([set_flag("zoo.animals=5")])
    assert effective.value("zoo.animals") == 5
    with pytest.raises(Mistake, match=r"no setting zoo.x"):
        effective.value("zoo.x")
    with pytest.raises(KeyError, match="int"):
        effective.section(int)


def test_the_settings_file_is_the_given_the_named_or_the_one_lying_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings_file({}) is None
    here = write(tmp_path, "")
    other = tmp_path / "other.toml"
    other.write_text("")
    assert settings_file({}) == Path(here.name)
    assert settings_file({CONFIG_VARIABLE: ""}) is None
    assert settings_file({CONFIG_VARIABLE: str(other)}) == other
    assert settings_file({CONFIG_VARIABLE: ""}, other) == other
    with pytest.raises(Mistake, match=r"no.toml does not exist"):
        settings_file({}, tmp_path / "no.toml")
    with pytest.raises(Mistake, match="does not exist"):
        settings_file({CONFIG_VARIABLE: "nowhere.toml"})


def test_settings_read_again_are_what_the_file_says_now(tmp_path: Path) -> None:
    file = write(tmp_path, "[zoo]\nanimals = 1\nhigh = 20\n")
    before = load([set_flag("zoo.low=2")], file, HOLDFAST_ZOO_NAME="env")
    write(tmp_path, '[zoo]\nanimals = 7\nname = "file"\nlow = 9\n')
    zoo = before.reread().section(Zoo)
    assert (zoo.animals, zoo.high) == (7, 10), "what the file no longer says is the default again"
    assert (zoo.name, zoo.low) == ("env", 2), "variables and flags still win"
    assert before.section(Zoo).animals == 1


def test_a_file_that_is_wrong_or_gone_is_a_mistake_when_read_again(tmp_path: Path) -> None:
    file = write(tmp_path, "")
    before = load(file=file)
    write(tmp_path, "[zoo]\nanimals = -1\n")
    with pytest.raises(Mistake, match=r"zoo\.animals"):
        before.reread()
    file.unlink()
    with pytest.raises(Mistake, match="cannot be read"):
        before.reread()


def test_what_the_program_has_set_survives_reading_again(tmp_path: Path) -> None:
    file = write(tmp_path, "[zoo]\nanimals = 1\n")
    before = load(file=file).with_values({"zoo.animals": 5}).with_values({"zoo.high": 30})
    write(tmp_path, '[zoo]\nanimals = 9\nname = "new"\n')
    zoo = before.reread().section(Zoo)
    assert (zoo.animals, zoo.high, zoo.name) == (5, 30, "new")


def test_a_child_reads_the_file_of_its_parent_again(tmp_path: Path) -> None:
    file = write(tmp_path, '[zoo]\nanimals = 1\nname = "file"\n')
    parent = load([set_flag("zoo.high=20")], file, HOLDFAST_ZOO_LOW="4")
    child = Effective.load(
        SECTIONS, environment=parent.with_values({"zoo.feeding_s": 5.0}).environment()
    )
    assert child.section(Zoo) == Zoo(name="file", animals=1, feeding_s=5.0, low=4, high=20)
    write(tmp_path, "[zoo]\nanimals = 2\nhigh = 99\nlow = 0\nfeeding_s = 1\n")
    assert child.section(Zoo).animals == 1, "not before it is asked to"
    assert child.reread().section(Zoo) == Zoo(animals=2, feeding_s=5.0, low=4, high=20)
    grandchild = Effective.load(SECTIONS, environment=child.environment())
    assert grandchild.reread().section(Zoo) == child.reread().section(Zoo)


def test_without_a_file_reading_again_changes_nothing() -> None:
    before = load(HOLDFAST_ZOO_ANIMALS="4")
    assert before.reread().rows() == before.rows()
