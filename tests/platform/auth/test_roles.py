"""The table of roles: who may do what, and nobody more."""

import pytest

from holdfast.platform.auth.roles import (
    MAY,
    Action,
    Role,
    actions_named,
    actions_of,
    roles_named,
)


def test_every_role_may_something_and_every_action_is_somebodys() -> None:
    assert set(MAY) == set(Role)
    assert all(MAY.values())
    assert actions_of(Role) == frozenset(Action)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_admin_keeps_people(role: Role) -> None:
    assert Action.KEEP_PEOPLE not in MAY[role]
    assert Action.KEEP_PEOPLE in MAY[Role.ADMIN]


def test_nobody_but_a_service_comes_to_the_inner_doors() -> None:
    assert [role for role in Role if Action.SERVE in MAY[role]] == [Role.SERVICE]
    assert MAY[Role.SERVICE] == {Action.SERVE}


def test_a_student_reads_what_is_theirs_and_nothing_else() -> None:
    assert MAY[Role.STUDENT] == {Action.OWN_RESULTS}


def test_roles_add_up() -> None:
    both = actions_of([Role.TEACHER, Role.TRAVELLER])
    assert both == MAY[Role.TEACHER] | MAY[Role.TRAVELLER]
    assert actions_of([]) == frozenset()


def test_a_name_that_is_no_role_or_action_gives_nothing() -> None:
    assert roles_named(["teacher", "king", "ADMIN"]) == {Role.TEACHER}
    assert actions_named(["audit.read", "everything", "*"]) == {Action.READ_AUDIT}
