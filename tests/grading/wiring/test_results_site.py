"""Who has a desk, and whose pages are alike."""

import pytest
from starlette.requests import Request

from holdfast.grading.entrypoints.results_api.access import Role
from holdfast.grading.wiring.results_site import is_reader, is_teacher


@pytest.mark.parametrize("role", Role)
def test_only_teachers_have_a_desk_and_only_readers_see_what_others_see(role: Role) -> None:
    scope = {"type": "http", "state": {"role": role}}
    assert is_teacher(Request(scope)) is (role is Role.ADMIN)
    assert is_reader(scope) is (role in (Role.VIEWER, Role.STUDENT))


def test_whoever_has_no_role_is_neither() -> None:
    assert not is_teacher(Request({"type": "http"}))
    assert not is_reader({"type": "http"})
