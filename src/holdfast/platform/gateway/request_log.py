"""PURE. The law of a request's line in the access log: what, for whom, how it went; no secrets.

The query is left out, for links to log in carry tokens there; headers are never told.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_PATH_CHARS = 200
"""Of a path that a line shows."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A request that is over. `at`: seconds since 1970; `status` 0: its client went away before
    an answer; `took`: bytes of the body that were taken; `trace`: what the balancer's log calls the
    connection."""

    at: float
    id: str
    method: str
    path: str
    status: int
    client: str
    member: str
    lasted_s: float
    took: int
    trace: str = ""

    @property
    def kind(self) -> str:
        """The event of the line."""
        return "request"

    def values(self) -> Mapping[str, object]:
        """What the line says."""
        said: dict[str, object] = {
            "request": self.id,
            "method": self.method,
            "path": self.path[:MAX_PATH_CHARS],
            "status": self.status,
            "client": self.client,
            "member": self.member or "none",
            "lasted_s": round(self.lasted_s, 4),
            "body_bytes": self.took,
        }
        return said | ({"trace": self.trace} if self.trace else {})
