"""Asking a balancer's admin port: small bounded HTTP requests, blocking, for commands.

An answer that is no answer is an error that says so. Whether an order was carried out when no
answer came is not known: `Silent` is an indefinite error.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.platform.balancer.admin_access import Address
from holdfast.platform.balancer.fleet_view import FleetState

ASK_S = 5.0
"""A live balancer answers in milliseconds, a busy one within a second."""
MAX_ANSWER_BYTES = 16 << 20
"""The state of 512 nodes with 16 services each has 4 MB."""


class Silent(IndefiniteError):
    """The balancer did not answer."""


class Refused(DefiniteError):
    """The balancer did not do it; its own words say why."""


@dataclass(frozen=True, slots=True)
class AdminClient:
    """One balancer, asked as its operator."""

    address: Address
    token: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Its address, for people."""
        return "{}:{}".format(*self.address)

    def fleet(self) -> FleetState:
        """What it says of itself and its fleet."""
        raw = self._ask("GET", "/fleet")
        try:
            return msgspec.json.decode(raw, type=FleetState)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Silent(f"the answer of {self.name} is not understood: {error}") from None

    def order(self, path: str, said: Mapping[str, object] | None = None) -> dict[str, object]:
        """POST to a path; what is answered. `Refused` or `Silent` when it was not done."""
        body = b"" if said is None else json.dumps(said).encode()
        try:
            return msgspec.json.decode(self._ask("POST", path, body), type=dict[str, object])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Silent(f"the answer of {self.name} is not understood: {error}") from None

    def _ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        host, port = self.address
        connection = http.client.HTTPConnection(host, port, timeout=ASK_S)
        try:
            connection.request(method, path, body, self._headers(port))
            response = connection.getresponse()
            raw = response.read(MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            raise Silent(f"the balancer {self.name} does not answer: {why}") from None
        finally:
            connection.close()
        if response.length:
            raise Silent(f"the answer of {self.name} is cut off")
        if response.status != 200:
            raise Refused(f"the balancer {self.name} refuses: {_reason(raw)}")
        return raw

    def _headers(self, port: int) -> dict[str, str]:
        # The port takes loopback's names only; a tunnel or a namespace may have given it another.
        return {
            "Host": f"localhost:{port}",
            "Authorization": f"Bearer {self.token.decode('latin-1')}",
            "Content-Type": "application/json",
        }


def _reason(raw: bytes) -> str:
    try:
        said = json.loads(raw)
    except ValueError:
        said = None
    match said:
        case {"error": str(why)}:
            return why.rstrip(".")
        case _:
            return repr(raw[:200])
