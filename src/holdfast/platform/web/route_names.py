"""The law of route names: requests are counted by the template that took them, never by address."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Scope


def starlette_route() -> Callable[[Scope], str]:
    """Finds the template of the route that took a request, for `ObservedApp`."""
    known: dict[int, str] = {}

    def route_of(scope: Scope) -> str:
        endpoint = scope.get("endpoint")
        app = scope.get("app")
        if endpoint is None or not isinstance(app, Starlette):
            return ""
        if not known:
            known.update((id(r.endpoint), r.path) for r in app.routes if isinstance(r, Route))
        return known.get(id(endpoint), "")

    return route_of
