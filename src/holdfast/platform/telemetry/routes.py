"""PURE. What a port of figures answers: `/metrics`, `/health/live`, `/health/ready`, no more.

It has no token, because scrapers run as other users: so nothing here names a client, a student, a
traveller or a secret. On loopback a request must name a loopback host, for a web page that
re-points its own name at 127.0.0.1 sends its own (`admin_routes` does the same).
"""

import re
from dataclasses import dataclass

from holdfast.platform.runtime.metrics import CONTENT_TYPE
from holdfast.platform.telemetry.small_http import Request, Response, failed, said
from holdfast.platform.telemetry.unready import RETRY_AFTER_S, not_ready

METRICS, LIVE, READY, TARGETS = "/metrics", "/health/live", "/health/ready", "/targets"
_LOOPBACK = re.compile(
    r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\Z", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say. `why_not`: why new work is unwelcome, empty when it is welcome;
    `targets`: Prometheus' list of targets as JSON, of a process that has one."""

    metrics: str = ""
    why_not: str = ""
    targets: bytes | None = None


def refusal(request: Request, *, loopback: bool) -> Response | None:
    """The answer to a request that is not for this port, or None: then ask `answer`."""
    if loopback and not _LOOPBACK.match(request.host):
        return failed(421, "The Host header must name this machine's loopback address.")
    if request.method != "GET":
        return failed(405, "Here is only GET.", allow="GET")
    return None


def answer(request: Request, told: Told) -> Response:
    """The answer for an address; whether browsers or programs ask matters where a person looks."""
    path = request.path
    if path == METRICS:
        return Response(200, told.metrics.encode(), CONTENT_TYPE)
    if path == LIVE:
        return said({"live": True})
    if path == READY:
        ready = not told.why_not
        return said({"ready": True}) if ready else _not_ready(request, told.why_not)
    if path == TARGETS and told.targets is not None:
        return Response(200, told.targets)
    return failed(404, "There is nothing here; /metrics, /health/live and /health/ready are.")


def _not_ready(request: Request, why: str) -> Response:
    data = said({"ready": False, "why": why}).body
    told = not_ready(data, request.accept, request.languages, why)
    return Response(503, told.body, told.content_type, retry_after_s=RETRY_AFTER_S)
