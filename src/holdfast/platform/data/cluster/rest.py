"""The law of asking Patroni: small bounded HTTP requests, blocking, for guards and commands.

Silence, a refusal and an answer that is no answer are all None: whoever asks decides what that
means. Unsafe requests carry the cluster's password.
"""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from holdfast.platform.data.cluster.configuration import REST_USER
from holdfast.platform.data.cluster.plan import MemberPlan

ASK_S = 1.0
"""A live Patroni answers in milliseconds."""
MAX_ANSWER_BYTES = 200_000
"""The answer about a cluster of three has a few kilobytes."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What Patroni said: the status of HTTP, the JSON if there was any, and the text."""

    status: int
    said: Any  # JSON, whose shape only the asker knows
    text: str

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


def ask(member: MemberPlan, path: str, *, within_s: float = ASK_S) -> Answer | None:
    """GET `path` of a member's Patroni; None when it does not answer."""
    return _request(member, "GET", path, within_s=within_s)


def tell(
    member: MemberPlan,
    path: str,
    said: Mapping[str, object],
    *,
    password: str,
    method: str = "POST",
    within_s: float = 30.0,
) -> Answer | None:
    """Send an unsafe request; None when no answer came: it may have been done."""
    token = base64.b64encode(f"{REST_USER}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    return _request(
        member, method, path, body=json.dumps(said).encode(), headers=headers, within_s=within_s
    )


def _request(
    member: MemberPlan,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
    within_s: float,
) -> Answer | None:
    connection = http.client.HTTPConnection(member.address, member.rest, timeout=within_s)
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        raw = response.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    text = raw.decode(errors="replace").strip()
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    return Answer(response.status, said, text)
