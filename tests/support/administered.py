"""A balancer with an admin port, as an operator finds it: by its data folder and settings file."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.balancer.admin_access import address_of, token_of
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.balancing import CLIENT_S, SECRET, Balancing, balancing

SECTIONS = {"fleet": FleetSettings, "balancer": BalancerSettings}
BASE = """
[balancer]
heartbeat_port = 0
admin_port = 0
wait_for_member_s = 0.5
slow_start_s = 0
policy = "round-robin"
"""


@dataclass
class Administered:
    """A running balancer and where its operator finds it."""

    balancing: Balancing
    data: Path
    file: Path

    def write(self, more: str) -> None:
        """Give the settings file these lines behind the usual ones of [balancer]."""
        self.file.write_text(BASE + more)

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, token: bool = True
    ) -> tuple[int, bytes]:
        """Status and body, asked by a client that nobody here wrote."""
        host, port = address_of(self.data, ("", 0))
        request = urllib.request.Request(f"http://{host}:{port}{path}", data=body, method=method)
        if token:
            request.add_header("Authorization", f"Bearer {token_of(self.data).decode()}")
        try:
            with urllib.request.urlopen(request, timeout=CLIENT_S) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def told(
        self, path: str, *, method: str = "GET", body: bytes | None = None
    ) -> dict[str, object]:
        """The JSON of an answer that is well."""
        status, raw = self.ask(path, method=method, body=body)
        assert status == 200, raw
        found = json.loads(raw)
        assert isinstance(found, dict)
        return found


@contextmanager
def administered(folder: Path, *listeners: Listener, more: str = "") -> Iterator[Administered]:
    """A balancer whose settings are in a file, with `more` lines of [balancer]."""
    data, file = folder / "data", folder / "holdfast.toml"
    data.mkdir()
    (data / "fleet.key").write_bytes(SECRET + b"\n")
    file.write_text(BASE + more)
    effective = Effective.load(SECTIONS, file=file).with_values({"fleet.data": data})
    with balancing(*listeners, effective=effective) as b:
        yield Administered(b, data, file)
