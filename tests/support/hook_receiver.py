"""A subscriber's end: a loopback server that keeps what webhooks bring, as it came.

The signature is checked from the format's description alone (`t=<unix>,v1=<hex>`: HMAC-SHA256 with
the webhook's secret over `"<t>.<raw body>"`), not with the product's code.
"""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HEADER = "X-Duffel-Signature"
_FORM = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Came:
    """One delivery."""

    signature: str
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """What is told."""
        return dict(json.loads(self.body))

    def is_signed_with(self, secret: str) -> bool:
        """Whether whoever knows the secret has sent it."""
        found = _FORM.fullmatch(self.signature)
        if found is None:
            return False
        at, given = found.groups()
        due = hmac.new(secret.encode(), at.encode() + b"." + self.body, hashlib.sha256)
        return hmac.compare_digest(due.hexdigest(), given)


@dataclass
class Receiver:
    """Where deliveries go, and those that came, oldest first."""

    url: str
    came: list[Came] = field(default_factory=list)

    def of_type(self, name: str) -> list[Came]:
        """The deliveries of events of a type."""
        return [one for one in list(self.came) if one.event["type"] == name]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own, from entering to leaving."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.came.append(Came(self.headers.get(HEADER, ""), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  of the base class
            """Tests are silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(10)
