"""The law of clients' addresses: who stands at the front door tells those behind it, under seal.

PURE. A process behind the front door sees the front door's address; for the audit log it is told
the client's, in `X-Client`, sealed with the installation's key together with the request's id. What
a client itself sends under that name, or somebody seals for another request, is nobody's word.
"""

import hmac

from holdfast.flights.entrypoints.http.asked import Asked
from holdfast.flights.entrypoints.http.signed_tokens import Signer

HEADER = b"x-client"
MAX_HOST_CHARS = 64
"""An IPv6 address with its zone has fewer."""
_PURPOSE = b"holdfast flights client 1|"


class Clients:
    """Tells and believes addresses with one key."""

    __slots__ = ("_signer",)

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def told(self, host: str, request_id: str) -> str:
        """The header's value for a client's address."""
        shown = "".join(c for c in host[:MAX_HOST_CHARS] if c.isascii() and c.isprintable())
        return f"{shown} {self._seal(shown, request_id)}"

    def host_of(self, asked: Asked) -> str:
        """The client's address: what is told under our seal, or who is connected."""
        host, _, seal = (asked.header(HEADER) or "").rpartition(" ")
        if not (host.isascii() and len(host) <= MAX_HOST_CHARS and seal.isascii()):
            return asked.host
        is_ours = hmac.compare_digest(self._seal(host, asked.request_id), seal)
        return host if is_ours else asked.host

    def _seal(self, host: str, request_id: str) -> str:
        return self._signer.seal(_PURPOSE, f"{request_id}|{host}")
