"""PURE. The law of roles: which there are, and what each may do. A table, and nothing else decides.

A principal may what any of its roles may. A token may less: only the actions that it was made for
(its scopes), and never more than its owner may at the moment it is used.
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to this installation."""

    STUDENT = "student"
    TEACHER = "teacher"
    ADMIN = "admin"
    AIRLINE = "airline"
    TRAVELLER = "traveller"
    AGENT = "agent"
    OPERATOR = "operator"
    SERVICE = "service"


class Action(StrEnum):
    """What can be allowed; also the scopes of tokens."""

    OWN_RESULTS = "results.own"
    ALL_RESULTS = "results.read"
    TEACH = "course.teach"
    DELIVER_FEEDS = "feeds.deliver"
    LOOK_UP_FLIGHTS = "flights.read"
    BOOK = "flights.book"
    OPERATE = "fleet.operate"
    READ_AUDIT = "audit.read"
    KEEP_PEOPLE = "people.keep"
    SERVE = "internal.serve"


MAY: dict[Role, frozenset[Action]] = {
    Role.STUDENT: frozenset({Action.OWN_RESULTS}),
    Role.TEACHER: frozenset({Action.ALL_RESULTS, Action.TEACH}),
    Role.ADMIN: frozenset(Action) - {Action.SERVE, Action.OWN_RESULTS},
    Role.AIRLINE: frozenset({Action.DELIVER_FEEDS, Action.LOOK_UP_FLIGHTS}),
    Role.TRAVELLER: frozenset({Action.LOOK_UP_FLIGHTS, Action.BOOK}),
    Role.AGENT: frozenset({Action.LOOK_UP_FLIGHTS, Action.BOOK}),
    Role.OPERATOR: frozenset({Action.OPERATE, Action.READ_AUDIT, Action.LOOK_UP_FLIGHTS}),
    Role.SERVICE: frozenset({Action.SERVE}),
}
"""An admin keeps people and does a teacher's and an operator's work, but is nobody's program."""

NEEDS_SUBJECT = frozenset({Role.STUDENT, Role.AIRLINE})
"""Roles that are nothing without whose: a student's id, an airline's code."""


def actions_of(roles: Iterable[Role]) -> frozenset[Action]:
    """All that somebody with these roles may do."""
    return frozenset(action for role in roles for action in MAY[role])


def roles_named(names: Iterable[str]) -> frozenset[Role]:
    """Roles by their names; what is no role (any more) gives no right."""
    known = {role.value: role for role in Role}
    return frozenset(known[name] for name in names if name in known)


def actions_named(names: Iterable[str]) -> frozenset[Action]:
    """Actions by their names; what is no action (any more) gives no right."""
    known = {action.value: action for action in Action}
    return frozenset(known[name] for name in names if name in known)
