"""`[people]`: what cannot be is refused with a reason."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.settings import PeopleSettings, client_secret, role_map


def test_claims_are_mapped_to_roles() -> None:
    assert role_map(("staff=teacher", "a=b=student")) == {
        "staff": Role.TEACHER,
        "a=b": Role.STUDENT,
    }


@pytest.mark.parametrize("line", ["staff", "=teacher", "staff=king", "staff="])
def test_a_line_that_maps_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="university_roles"):
        PeopleSettings(university_roles=(line,))


def test_an_issuer_is_reached_by_https_only_but_on_this_machine() -> None:
    with pytest.raises(ValueError, match="https"):
        PeopleSettings(university_issuer="http://uni.example")
    with pytest.raises(ValueError, match="public_url"):
        PeopleSettings(university_issuer="https://uni.example", university_client_id="x")
    PeopleSettings(
        university_issuer="http://127.0.0.1:9",
        university_client_id="x",
        public_url="http://127.0.0.1:8",
    )


def test_the_clients_secret_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with pytest.raises(Mistake, match="does not exist"):
        client_secret(PeopleSettings(university_secret_file=str(path)))
    path.write_text("0123456789abcdef0123\n")
    assert client_secret(PeopleSettings(university_secret_file=str(path))) == "0123456789abcdef0123"
