"""PURE. The admin API: who may ask what, and what each path means.

Loopback is no protection by itself: other users of the machine reach it, and so does a web page
that a browser on it shows. So every path but `/health/live` and `/metrics` wants the token, and
every request must name a loopback host (a page that re-points its own name at 127.0.0.1 sends its
own). No answer carries a CORS header. `/metrics` is open because scrapers run as other users, and
because it says counts and node names, never a client's address.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Protocol

import msgspec

from holdfast.errors import Mistake
from holdfast.platform.runtime.metrics import CONTENT_TYPE
from holdfast.platform.telemetry.small_http import Request, Response, failed, said

MIN_WEIGHT, MAX_WEIGHT = 0.01, 100.0
"""Less is a drain, and a node a hundred times another's size is a typing error."""
_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\Z", re.ASCII | re.IGNORECASE)
_NODE_PATH = re.compile(r"/nodes/([A-Za-z0-9._-]{1,64})/(drain|undrain|weight)\Z")


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did, as dotted keys and what else has a name. `elsewhere`: keys of other
    processes, which read them when they start."""

    applied: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


class Administered(Protocol):
    """What the balancer lets be asked and done. Unknown nodes are a `KeyError`, what it will not do
    a `ValueError` with the reason."""

    def fleet(self) -> Mapping[str, object]:
        """The state of everything, for JSON."""

    def metrics(self) -> str:
        """The page of figures."""

    def drain(self, node: str) -> None:
        """No new clients for this node, whatever it says of itself."""

    def undrain(self, node: str) -> None:
        """Undo `drain`."""

    def weigh(self, node: str, weight: float) -> None:
        """Its share of new clients against 1 of others, where the policy weighs."""

    def reload(self) -> Reloaded:
        """Read the settings again; `Mistake` when they are wrong: then nothing has changed."""


class _Weight(msgspec.Struct, forbid_unknown_fields=True):
    weight: Annotated[float, msgspec.Meta(ge=MIN_WEIGHT, le=MAX_WEIGHT)]


_weight_decoder = msgspec.json.Decoder(_Weight)


def answer(request: Request, admin: Administered, token: bytes) -> Response:
    """The answer to a request. Raises nothing that a client could cause."""
    if not _HOST.match(request.host):
        return failed(421, "The Host header must name this machine's loopback address.")
    match request.path:
        case "/health/live":
            return _get(request, lambda: said({"live": True}))
        case "/metrics":
            return _get(request, lambda: _page(admin.metrics()))
    if not _is_known(request, token):
        return failed(
            401, "This needs the token in balancer.token of the data folder, as a bearer."
        )
    match request.path:
        case "/fleet":
            return _get(request, lambda: said(admin.fleet()))
        case "/reload":
            return _post(request, lambda: _reload(admin))
    node_path = _NODE_PATH.match(request.path)
    if node_path is None:
        return failed(
            404, "There is nothing here; /fleet, /metrics, /reload and /nodes/NAME/… are."
        )
    node, action = node_path.groups()
    return _post(request, lambda: _act(request, admin, node, action))


def _get(request: Request, then: Callable[[], Response]) -> Response:
    return then() if request.method == "GET" else _not_allowed("GET")


def _post(request: Request, then: Callable[[], Response]) -> Response:
    return then() if request.method == "POST" else _not_allowed("POST")


def _not_allowed(method: str) -> Response:
    return failed(405, f"Here is only {method}.", allow=method)


def _is_known(request: Request, token: bytes) -> bool:
    """Exactly one credential, and the right one; compared in constant time."""
    return len(request.tokens) == 1 and hmac.compare_digest(request.tokens[0], token)


def _page(text: str) -> Response:
    return Response(200, text.encode(), CONTENT_TYPE)


def _reload(admin: Administered) -> Response:
    try:
        return said(asdict(admin.reload()))
    except Mistake as mistake:
        return failed(422, f"Nothing has changed. {mistake}")


def _act(request: Request, admin: Administered, node: str, action: str) -> Response:
    try:
        if action == "weight":
            weight = _weight_decoder.decode(request.body).weight
            admin.weigh(node, weight)
            return said({"node": node, "weight": weight})
        if action == "drain":
            admin.drain(node)
        else:
            admin.undrain(node)
        return said({"node": node, "draining": action == "drain"})
    except KeyError:
        return failed(404, f"There is no node {node}.")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return failed(400, f'The body must be JSON such as {{"weight": 2}}: {error}.')
    except ValueError as error:
        return failed(409, f"This was not done: {error}.")
