"""The units of deploy/systemd: systemd understands them, and the program has what they name."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from holdfast.apps import APPS
from holdfast.cli import SECTIONS, commands, processes
from holdfast.platform.runtime.config import Effective

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
PROGRAM = "/opt/holdfast/bin/holdfast"
HARDENED = ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "UMask=0077")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_no_fault_in_a_unit(unit: Path, tmp_path: Path) -> None:
    copied = tmp_path / unit.name.replace("@", "@node")
    copied.write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copied)],
        capture_output=True,
        text=True,
        check=False,
    )
    # The machine of the test may lack the user, and has units of its own.
    about_it = [line for line in done.stderr.splitlines() if "holdfast" in line]
    assert about_it == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_there_is(unit: Path) -> None:
    words = re.findall(rf"^Exec\w+={PROGRAM} (.+)$", unit.read_text(), re.M)
    assert words
    for line in words:
        command, *rest = line.split()
        assert command in {"up", "run", *commands()}
        if command == "run":
            assert rest[0] == "%i" or rest[0] in processes()


@pytest.mark.parametrize("name", ["holdfast.service", "holdfast@.service"])
def test_a_unit_gives_no_right_that_it_does_not_need(name: str) -> None:
    text = (ROOT / "deploy" / "systemd" / name).read_text()
    assert [one for one in HARDENED if one not in text] == []
    assert "User=holdfast\n" in text


@pytest.mark.parametrize("name", ["holdfast.service", "holdfast@.service"])
def test_the_variables_of_a_unit_are_settings(name: str) -> None:
    text = (ROOT / "deploy" / "systemd" / name).read_text()
    given = dict(re.findall(r"(HOLDFAST_FLEET_\w+)=(\S+)", text))
    assert given
    declared = {**SECTIONS, **{key: kind for app in APPS for key, kind in app.sections.items()}}
    assert Effective.load(declared, environment=given)
