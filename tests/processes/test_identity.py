"""docs/reference/identity.md, on real processes: the first link, a session, a token, the log."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from holdfast.platform.auth import brake
from holdfast.platform.auth.commands import DEFAULT_DAYS
from holdfast.platform.auth.passwords import MAX_CHARS, MIN_CHARS
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.settings import PeopleSettings
from tests.support.fleet import Fleet, environment, fleet
from tests.support.people import PASSWORD
from tests.support.reference import REFERENCE

FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_page_tells_the_numbers_and_roles_of_the_code() -> None:
    page = (REFERENCE / "identity.md").read_text(encoding="utf-8")
    assert all(f"`{role.value}`" in page for role in Role)
    assert f"{MIN_CHARS} to {MAX_CHARS} characters" in page
    assert f"({brake.PAIR.free} are free)" in page
    assert f"on the address ({brake.ADDRESS.free})" in page
    assert f"from anywhere ({brake.ACCOUNT.free})" in page
    assert f"{DEFAULT_DAYS} days" in page
    assert PeopleSettings().session_s == 12 * 3600
    assert PeopleSettings().idle_s == 2 * 3600


def posted(site: Fleet, path: str, cookie: str = "", **fields: str) -> tuple[int, str]:
    """Status of a sent form, and the session's cookie that came back."""
    headers = {**FORM, "cookie": cookie} if cookie else FORM
    status, told, _ = site.ask(path, body=urlencode(fields).encode(), headers=headers)
    return status, told.get("set-cookie", "").partition(";")[0]


def holdfast(site: Fleet, *words: str, typed: str = "") -> str:
    """What a command prints that opens the database itself."""
    done = subprocess.run(
        [sys.executable, "-m", "holdfast", *words, "--data", str(site.data)],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=site.data.parent,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.processes
def test_from_the_first_link_to_the_audit_log(tmp_path: Path) -> None:
    with fleet(tmp_path / "data", "--apps", "grading", nodes=1) as site:
        (line,) = [one for one in site.lines if "/welcome?key=" in one]
        key = re.search(r"key=([\w-]+)", line)[1]  # type: ignore[index]
        chosen = {"key": key, "name": "mira", "password": PASSWORD}
        status, cookie = posted(site, "/welcome", **chosen)
        assert status == 303
        assert posted(site, "/welcome", **{**chosen, "name": "ben"})[0] == 403, "once"
        status, _, text = site.ask("/api/grading/roster/tokens", headers={"cookie": cookie})
        assert (status, text[:1]) == (200, "[")
        holdfast(site, "user", "add", "ben", "student", "--subject", "77", typed=PASSWORD + "\n")
        token = holdfast(site, "token", "create", "mira", "--scope", "results.read")
        assert site.ask("/api/grading/roster/tokens", token=token)[0] == 401
        assert posted(site, "/logout", cookie)[0] == 303
        assert site.ask("/api/grading/roster/tokens", headers={"cookie": cookie})[0] == 401
        log = holdfast(site, "user", "audit")
        for act in ("claim tokens read", "account made", "token made", "logged out"):
            assert act in log
        said = "\n".join(site.lines) + log
        for secret in (PASSWORD, token, cookie.partition("=")[2]):
            assert secret not in said, "no secret is in a log"
