"""The law of seals: an address that opens an order cannot be guessed or made by anybody but us.

PURE. A seal is an HMAC-SHA256 with the installation's key, each purpose apart. Whoever has the
link of an order may see and cancel it: it stands only in that traveller's own pages and mails.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

SEAL_CHARS = 43
_KEY = b"holdfast flights pages seals 1|"
_ORDER = b"holdfast flights order link 1|"


@dataclass(frozen=True, slots=True)
class Seals:
    """Makes and checks seals with one key of at least 32 bytes."""

    key: bytes

    @classmethod
    def of(cls, secret: str) -> "Seals":
        """Seals of the pages' own secret: what all pages processes share."""
        return cls(hashlib.sha256(_KEY + secret.encode("utf-8", "replace")).digest())

    def order(self, order_id: str) -> str:
        """The seal of an order's link: 43 characters."""
        return self._seal(_ORDER, order_id)

    def is_order(self, order_id: str, seal: str) -> bool:
        """Whether the link was made here for this order."""
        given = seal.encode("utf-8", "replace")
        return hmac.compare_digest(self.order(order_id).encode(), given)

    def _seal(self, purpose: bytes, text: str) -> str:
        raw = hmac.digest(self.key, purpose + text.encode("utf-8", "replace"), "sha256")
        return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
