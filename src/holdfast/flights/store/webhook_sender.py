"""The law of sending out: whatever URL a subscriber gave, it cannot make us call our own network.

The host is looked up first; unless private targets are allowed (demo and tests), every address must
be one of the Internet's, and the call goes to an address that was looked at, so that no second
look-up can lead elsewhere. No redirects, no proxies, bounded time; little of the answer is read.
"""

import asyncio
import socket
from dataclasses import dataclass, field
from typing import Any

import httpx

from holdfast.flights.domain.webhook import Target, is_public, target_of
from holdfast.flights.service.ports.webhooks import Sent

SEND_S = 10.0
"""A receiver has so long for everything: it should take the event and work later."""
MAX_ANSWER_BYTES = 4096
"""As much of a receiver's answer as is read."""
MAX_ANSWER_CHARS = 1000
"""As much of it as is kept for whoever looks for the reason of a failure."""
MAX_CONNECTIONS = 32
USER_AGENT = "holdfast-webhooks/1"


@dataclass(frozen=True, slots=True)
class HttpSender:
    """`Sender` over HTTP. Close it."""

    allow_private: bool = False
    timeout_s: float = SEND_S
    _client: httpx.AsyncClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        client = httpx.AsyncClient(
            timeout=self.timeout_s,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=0),
        )
        object.__setattr__(self, "_client", client)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> Sent:
        """See `Sender.send`."""
        target = target_of(url)
        if target is None:
            return Sent(None, "the URL is no http or https address")
        try:
            async with asyncio.timeout(self.timeout_s):
                addresses = await _addresses(target)
                if not self.allow_private and not all(map(is_public, addresses)):
                    return Sent(None, "the URL leads to a private address")
                return await self._post(url, target, addresses[0], headers, body)
        except TimeoutError:
            return Sent(None, f"no answer within {self.timeout_s:g} s")
        except (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Sent(None, f"{type(error).__name__}: {error}"[:MAX_ANSWER_CHARS])

    async def _post(
        self, url: str, target: Target, address: str, headers: dict[str, str], body: bytes
    ) -> Sent:
        asked = httpx.URL(url)
        extensions: dict[str, Any] = {"sni_hostname": target.host}
        sent = {**headers, "host": asked.netloc.decode("ascii"), "user-agent": USER_AGENT}
        request = self._client.build_request(
            "POST",
            asked.copy_with(host=address),
            headers=sent,
            content=body,
            extensions=extensions,
        )
        response = await self._client.send(request, stream=True)
        try:
            return Sent(response.status_code, await _beginning(response))
        finally:
            await response.aclose()


async def _addresses(target: Target) -> list[str]:
    """All addresses of a host; `OSError` when there is none."""
    found = await asyncio.get_running_loop().getaddrinfo(
        target.host, target.port, type=socket.SOCK_STREAM
    )
    return [str(one[4][0]) for one in found]


async def _beginning(response: httpx.Response) -> str:
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= MAX_ANSWER_BYTES:
            break
    text = read[:MAX_ANSWER_BYTES].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in text)[:MAX_ANSWER_CHARS]
