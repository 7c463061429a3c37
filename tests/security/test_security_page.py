"""SECURITY.md names tests for what it says: each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TESTS = sorted((ROOT / "tests").rglob("*.py"))
NAMES = {
    name
    for path in TESTS
    for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
}
ITEMS = [f"API{number}" for number in range(1, 11)]


def part_of(item: str) -> str:
    """What the page says of an item, up to the next paragraph."""
    _, found, rest = PAGE.partition(f"**{item} ")
    return rest.partition("\n\n")[0] if found else ""


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_of_the_list_names_tests(item: str) -> None:
    named = re.findall(r"`(tests/[\w/.]+|test_\w+)`", part_of(item))
    assert named, item


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", PAGE))))
def test_a_test_that_the_page_names_is_there(name: str) -> None:
    assert name in NAMES


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w/.]+)`", PAGE))))
def test_a_file_that_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([\w/.-]+)\)", PAGE))))
def test_a_page_that_the_page_links_is_there(link: str) -> None:
    assert (ROOT / link).exists()
