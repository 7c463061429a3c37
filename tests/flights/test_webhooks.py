"""docs/reference/webhooks.md: what is told and what is not, and the numbers of the page.

How it is told is in `service/test_deliver_webhooks.py` and `store/test_webhook_sender.py`.
"""

import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from holdfast.flights.domain.webhook import FIRST_WAIT_S, GIVE_UP_S, LONGEST_WAIT_S, target_of
from holdfast.flights.service.deliver_webhooks import KEPT_S
from holdfast.flights.service.ports.webhooks import MAX_WEBHOOKS_OF_OWNER
from holdfast.flights.store.tables import FOLDER
from holdfast.flights.store.webhook_sender import SEND_S
from holdfast.flights.wire.duffel_webhooks import EVENT_TYPES, PING, TOLD, URL_PATTERN
from tests.flights.duffel_site import duffel_site, order_body, search
from tests.flights.entrypoints.http.site import fault

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "webhooks.md").read_text("utf-8")


def test_what_is_told_is_what_the_store_writes_down_and_the_page_says_the_rest() -> None:
    sql = (FOLDER / "migrations" / "0006_booking.sql").read_text("utf-8")
    found = re.search(r"CREATE TABLE outbox .*?CHECK \(type IN \((.*?)\)\)", sql, re.DOTALL)
    assert found is not None
    assert {*re.findall(r"'([a-z_.]+)'", found[1]), PING} == set(TOLD)
    table, _, rest = PAGE.partition("**never sent**")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE)) == set(TOLD)
    assert {one for one in EVENT_TYPES if f"`{one}`" in rest} == set(EVENT_TYPES) - set(TOLD)


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert (SEND_S, FIRST_WAIT_S) == (10, 10)
    assert (LONGEST_WAIT_S, GIVE_UP_S, KEPT_S) == (6 * 3600, 72 * 3600, 30 * 24 * 3600)
    assert MAX_WEBHOOKS_OF_OWNER == 100
    for text in ("within 10 s", "after 10 s", "at most 6 h", "for 72 h", "30 days", "at most 100"):
        assert text in PAGE


async def test_an_order_that_is_refused_is_answered_and_no_event() -> None:
    async with duffel_site() as site, site.client() as client:
        hook = {"url": "https://example.org/hook", "events": ["order.creation_failed"]}
        made = await client.post("/air/webhooks", json={"data": hook})
        assert made.status_code == 201
        (offer, *_) = await search(client)
        wrong = [{"type": "balance", "amount": "1.00", "currency": "EUR"}]
        answer = await client.post("/air/orders", json=order_body(offer, payments=wrong))
        assert fault(answer)[0] == 422
        assert site.bookings.outbox == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/",
        "http://[::1]:65535/x?y=z#t",
        "https://hooks.example.org",
        "HTTPS://Example.org?x=1",
        "http://my_host:40000",
    ],
)
def test_addresses_that_can_be_called_fit_the_pattern(url: str) -> None:
    assert re.search(URL_PATTERN, url)
    assert target_of(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org",
        "https://",
        "https://user@example.org/",
        "https://example.org:65536/",
        "https://exa mple.org/",
        "https://exämple.org/",
        "https:///x",
    ],
)
def test_others_do_not(url: str) -> None:
    assert not re.search(URL_PATTERN, url)


@given(st.from_regex(URL_PATTERN, fullmatch=True))
@example("http://a:0")
def test_what_fits_the_pattern_leads_somewhere(url: str) -> None:
    """But for addresses in brackets, which a pattern cannot tell from others that look so."""
    assume("[" not in url.partition("://")[2].partition("/")[0] and not url.endswith("\n"))
    assert target_of(url) is not None
