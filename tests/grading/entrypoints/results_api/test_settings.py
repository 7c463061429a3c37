"""Settings are checked, secrets come from files and are made on first use."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.grading.entrypoints.results_api.settings import (
    ResultsSettings,
    is_course_name,
    is_open,
    read_secrets,
    service_token,
)
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    secrets = read_secrets(ResultsSettings(), tmp_path)
    assert len({secrets.viewer, secrets.admin, secrets.service, secrets.claim_key}) == 4
    assert read_secrets(ResultsSettings(), tmp_path) == secrets
    assert service_token(ResultsSettings(), tmp_path) == secrets.service
    assert secrets.admin.decode() not in repr(secrets)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_a_named_token_file_must_be_there(tmp_path: Path) -> None:
    named = tmp_path / "my.token"
    settings = ResultsSettings(admin_token_file=str(named))
    with pytest.raises(Mistake, match=r"my\.token does not exist"):
        read_secrets(settings, tmp_path)
    named.write_text("a-good-long-admin-token\n")
    assert read_secrets(settings, tmp_path).admin == b"a-good-long-admin-token"
    named.write_text("short")
    with pytest.raises(Mistake, match=r"my\.token"):
        read_secrets(settings, tmp_path)


@pytest.mark.parametrize("course", ["course", "networks-2026", "a_1", "1"])
def test_a_course_has_a_plain_name(course: str) -> None:
    assert is_course_name(course)


@pytest.mark.parametrize("course", ["", "Networks", "-a", "a b", "a" * 64, "ü", "a'; --"])
def test_any_other_course_is_a_mistake_that_names_it(course: str) -> None:
    assert not is_course_name(course)
    with pytest.raises(Mistake, match=r"results"):
        Effective.load(
            {"results": ResultsSettings}, environment={"HOLDFAST_RESULTS_COURSE": course}
        )


@pytest.mark.parametrize(
    ("access", "host", "expected"),
    [
        ("auto", "127.0.0.1", True),
        ("auto", "::1", True),
        ("auto", "localhost", True),
        ("auto", "0.0.0.0", False),
        ("auto", "192.0.2.7", False),
        ("auto", "assignments.example", False),
        ("open", "0.0.0.0", True),
        ("token", "127.0.0.1", False),
    ],
)
def test_reading_is_open_on_loopback_only_unless_the_course_says_otherwise(
    access: str, host: str, expected: bool
) -> None:
    settings = ResultsSettings(access=access)  # type: ignore[arg-type]
    assert is_open(settings, FleetSettings(host=host)) is expected
