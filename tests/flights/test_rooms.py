"""The pages of flights' rooms name the modules that are in them: a newcomer begins there."""

import ast
import re
from pathlib import Path

import pytest

import holdfast.flights

HOME = Path(holdfast.flights.__file__).parent
ROOMS = ("domain", "service", "service/ports", "store", "wire", "entrypoints", "pages")
NAMED = re.compile(r"`([a-z_]+)\*?`")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_s_page_names_its_modules_and_no_others(room: str) -> None:
    page = ast.get_docstring(ast.parse((HOME / room / "__init__.py").read_text("utf-8"))) or ""
    named = set(NAMED.findall(page))
    modules = {path.stem for path in (HOME / room).glob("*.py")} - {"__init__"}
    families = {name for name in named if name.endswith("_")}
    unnamed = {one for one in modules - named if not one.startswith(tuple(families) or "-")}
    assert unnamed == set()
    folders = {path.name for path in (HOME / room).iterdir() if path.is_dir()}
    assert named - modules - folders - families == set()
