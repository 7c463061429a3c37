"""OWASP API7:2023, server side request forgery: webhooks and sources of feeds lead to no inner
address, however it is written, and to no other one later."""

import httpx
import pytest

from holdfast.errors import Mistake
from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.entrypoints.ingest.sources import SourceFault, stays_at_its_host
from holdfast.flights.service.ports.access import Caller
from holdfast.flights.service.subscribe_webhooks import BadTarget, Subscriptions
from holdfast.flights.store.memory_webhooks import MemoryWebhooks
from holdfast.flights.store.webhook_sender import HttpSender
from tests.support.flights_world import WorldClock

ANNA = Caller("anna", "t", live_mode=True, scopes=frozenset({"book"}))
INNER = (
    "http://127.0.0.1:8101/air/orders",
    "http://127.1/",
    "http://0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://localhost/",
    "http://localhost./",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://172.16.0.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0:8000/internal/grading/batch",
    "http://224.0.0.1/",
)
NO_TARGETS = (
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "ftp://example.org/",
    "http://user:word@example.org/",
    "http://example.org\r\nX-Injected: 1/",
    "http://example.org/ HTTP/1.1\r\nHost: 127.0.0.1",
    "javascript:alert(1)",
    "//example.org/",
    "http://",
)


@pytest.mark.parametrize("url", [*INNER, *NO_TARGETS])
async def test_no_inner_address_is_ever_called_for_a_subscriber(url: str) -> None:
    sender = HttpSender(allow_private=False, timeout_s=2.0)
    try:
        sent = await sender.send(url, {}, b"{}")
    finally:
        await sender.close()
    assert sent.status is None
    assert sent.answer


@pytest.mark.parametrize("url", NO_TARGETS)
def test_what_is_no_address_of_a_web_server_is_refused_at_once(url: str) -> None:
    clock = WorldClock()
    desk = Subscriptions(MemoryWebhooks(clock.wall), clock, allow_private=True)
    assert isinstance(desk.prepared(ANNA, url, ["order.created"]), BadTarget)


def redirect(url: str, location: str) -> httpx.Response:
    return httpx.Response(302, headers={"location": location}, request=httpx.Request("GET", url))


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:8101/air/orders",
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/x",
        "https://elsewhere.example.org/BA.season.1.schedule.full.ssim",
        "http://feeds.example.org/less-safe",
        "ftp://feeds.example.org/x",
    ],
)
async def test_a_source_of_feeds_cannot_send_us_elsewhere(location: str) -> None:
    with pytest.raises(SourceFault, match="another host"):
        await stays_at_its_host(redirect("https://feeds.example.org/latest", location))


async def test_a_source_of_feeds_may_send_on_at_its_own_host() -> None:
    await stays_at_its_host(redirect("https://feeds.example.org/latest", "/BA.season.1.ssim"))
    await stays_at_its_host(redirect("http://feeds.example.org/a", "https://feeds.example.org/a"))
    plain = httpx.Response(200, request=httpx.Request("GET", "https://feeds.example.org/"))
    await stays_at_its_host(plain)


@pytest.mark.parametrize("url", ["gopher://x/", "data:text/plain,x"])
def test_sources_are_folders_and_web_addresses_that_only_the_operator_names(url: str) -> None:
    with pytest.raises((Mistake, ValueError)):
        IngestSettings(sources=(f"BA={url}",)).named_sources()
