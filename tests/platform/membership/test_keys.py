"""The fleet's key file: made once, read strictly, never told."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.membership.keys import MAX_FILE_BYTES, ensure_keyring, load_keyring

FIRST, SECOND = "first-key-" + "a" * 32, "second-key-" + "b" * 32


def write(folder: Path, text: str) -> Path:
    path = folder / "fleet.key"
    path.write_text(text)
    return path


def test_a_fleet_without_a_key_gets_one_that_stays(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    ring = ensure_keyring(path)
    assert ensure_keyring(path) == ring == load_keyring(path)
    assert path.stat().st_mode & 0o077 == 0


def test_two_fleets_have_two_keys(tmp_path: Path) -> None:
    assert ensure_keyring(tmp_path / "a").signing != ensure_keyring(tmp_path / "b").signing


def test_the_first_line_signs_and_all_lines_verify(tmp_path: Path) -> None:
    ring = load_keyring(write(tmp_path, f"# comment\n\n{FIRST}\n  {SECOND}  \n"))
    assert ring.signing.secret == FIRST.encode()
    assert {key.secret for key in ring.verifying.values()} == {FIRST.encode(), SECOND.encode()}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "short\n", f"{FIRST}\nshort\n"])
def test_a_file_without_good_keys_is_a_mistake_that_names_it(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(Mistake, match=r"fleet\.key needs a line") as caught:
        load_keyring(path)
    assert FIRST not in str(caught.value)


def test_a_missing_file_is_a_mistake_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"nowhere\.key cannot be read"):
        load_keyring(tmp_path / "nowhere.key")


def test_a_huge_file_is_the_wrong_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="not a key file"):
        load_keyring(write(tmp_path, "x" * (MAX_FILE_BYTES + 1)))
