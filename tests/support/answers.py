"""A small HTTP server that answers as it is told, for tests of clients: Patroni's and etcd's."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from holdfast.platform.data.cluster.plan import MemberPlan

Answerer = Callable[[str, str, Any], tuple[int, object]]
"""Method, path and JSON body to status and answer; an answer that is bytes goes out as it is."""


@dataclass
class Heard:
    """The server's port, and what it was asked: method, path, body, Authorization."""

    port: int
    asked: list[tuple[str, str, Any, str]] = field(default_factory=list)

    def member(self, name: str = "m1") -> MemberPlan:
        """A member whose Patroni and etcd are both this server."""
        return MemberPlan(name, "127.0.0.1", self.port, self.port, self.port, self.port)


@contextmanager
def answers(answer: Answerer) -> Iterator[Heard]:
    """A server on a free port of loopback until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            raw = self.rfile.read(length)
            body = json.loads(raw) if raw else None
            heard.asked.append(
                (self.command, self.path, body, self.headers.get("Authorization", ""))
            )
            status, said = answer(self.command, self.path, body)
            out = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815  names of the library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard = Heard(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
