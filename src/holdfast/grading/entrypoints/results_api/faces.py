"""The law of faces: where teachers see more than readers, an address has two routes, one for each.

Which one answers is decided by the role that the gate found, never by what a request asks for.
"""

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from holdfast.grading.entrypoints.results_api.access import Role


class ForTeachers(Route):
    """A route that is there for teachers; for everybody else the next one of its address is."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, for those whom the gate knows as teachers."""
        if scope.get("state", {}).get("role") is not Role.ADMIN:
            return Match.NONE, {}
        return super().matches(scope)


def for_teachers(route: BaseRoute) -> BaseRoute:
    """The same route for teachers alone."""
    assert isinstance(route, Route)
    return ForTeachers(route.path, route.endpoint, methods=sorted(route.methods or {"GET"}))
