"""PURE. How an application declares what the gateway serves before one of its HTTP listeners."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """Where the gateway leads an address of a site.

    `prefix`: `/` is everything, `/air/orders` it and all below, `/air/order_*` all that begins so.
    `head_s`: from the end of a request to the first byte of its answer. `keyed`: a writing request
    with an `Idempotency-Key` has one effect, however often it is sent.
    """

    prefix: str
    service: str
    max_body_bytes: int = 1 << 20
    head_s: float = 30.0
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that the gateway answers itself. `title` names the fault in a few words, `what` and
    `fix` are sentences; `where`: method and path."""

    status: int
    title: str
    what: str
    fix: str
    where: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Site:
    """What the gateway serves in front of a listener: the first route that covers a path is taken.

    `listener`: the name of the public listener. `says` puts a refusal into the site's own JSON.
    `inner_port`: where the listener's own service is reached without a gateway, for processes of
    ours; 0: nowhere.
    """

    listener: str
    routes: Sequence[Route]
    says: Callable[[Refusal], bytes]
    inner_port: int = 0
