"""PURE. Sets of addresses as an operator writes them: networks such as `10.0.0.0/8`, or one host.

Asked once for each new client, so answers are remembered; how many is bounded.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

REMEMBERED_HOSTS = 4_096
"""Answers kept: a busy balancer's clients of a few minutes, about 1 MB."""


class Networks:
    """Networks of both families; `host in networks` for numeric addresses."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """`ValueError` names the text that is no network."""
        self._networks = [_network(text) for text in texts]
        self._holds = lru_cache(maxsize=REMEMBERED_HOSTS)(self._look)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, host: str) -> bool:
        return self._holds(host) if self._networks else False

    def _look(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is no network such as 10.0.0.0/8 or fd00::/8") from None
