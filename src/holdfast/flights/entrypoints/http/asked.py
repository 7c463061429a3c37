"""The law of a request on its way: what every step needs of it, read once; the rest on demand."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Receive, Scope

from holdfast.flights.entrypoints.http.limits import Taken
from holdfast.platform.web.observed_app import fresh_id
from holdfast.platform.web.request_ids import request_id_of


@dataclass(slots=True)
class Asked:
    """A request. `host`: the client's address; `taken` is there as soon as it was counted."""

    scope: Scope
    receive: Receive
    request_id: str
    method: str
    path: str
    headers: Mapping[bytes, bytes]
    host: str
    taken: Taken | None = None
    _request: Request | None = None

    @property
    def request(self) -> Request:
        """The request as Starlette has it; always the same one."""
        if self._request is None:
            self._request = Request(self.scope, self.receive)
        return self._request

    @property
    def query(self) -> bytes:
        """The query as it was sent."""
        query: bytes = self.scope["query_string"]
        return query

    def header(self, name: bytes) -> str | None:
        """A header by its lower-case name; of several the last."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def asked_of(scope: Scope, receive: Receive) -> Asked:
    """The request of an ASGI scope, with the request id that it brought or a new one."""
    headers = dict(scope["headers"])
    request_id = request_id_of(scope["headers"], fresh_id)
    client = scope.get("client")
    host = client[0] if client else ""
    return Asked(scope, receive, request_id, scope["method"], scope["path"], headers, host)
