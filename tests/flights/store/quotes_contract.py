"""The contract of quotes: one suite that memory and PostgreSQL must pass.

A test module gives the fixtures `quotes` and `remembered` (which keeps the answers of calls).
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.ids import make_id, offer_id
from holdfast.flights.domain.offer import LoyaltyAccount, Named, OfferRequest
from holdfast.flights.domain.viewer_lease import (
    Bucket,
    Leased,
    LeaseKey,
    ViewerLease,
    buckets_of,
)
from holdfast.flights.service.ports.access import (
    AnsweredBefore,
    Once,
    Remembered,
    StoredAnswer,
)
from holdfast.flights.service.ports.order_lists import Page
from holdfast.flights.service.ports.quotes import KEPT_S, Answered, Quotes
from tests.support import sold_trips
from tests.support.sold_trips import NOW

ACCOUNTS = (LoyaltyAccount("BA", "12901014"), LoyaltyAccount("LH", "9920 1"))

HOUR_S = 3600.0
DAY = date(2026, 12, 1)
BUCKET = Bucket("BA", "LHR", "JFK", DAY)
NEXT_DAY = BUCKET._replace(day=DAY + timedelta(days=1))
ONE, OTHER = LeaseKey(BUCKET, "117 Y adult"), LeaseKey(BUCKET, "117 Y child")
LATER = LeaseKey(NEXT_DAY, "117 Y adult")
Prices = dict[LeaseKey, Price]
ANSWER = StoredAnswer(201, b'{"data":{}}')


def request(number: int = 1, *, owner: str = "acme", offers: int = 2) -> OfferRequest:
    """Request `number`, made so many seconds after the first."""
    id_ = make_id("orq", number.to_bytes(16, "big"))
    at = NOW + timedelta(seconds=number)
    made = [
        replace(
            sold_trips.offer(),
            id=offer_id(id_, index),
            request_id=id_,
            created_at=at,
            expires_at=at + timedelta(minutes=30),
        )
        for index in range(offers)
    ]
    base = sold_trips.request(*made, owner=owner, now=at)
    return replace(base, id=id_)


def answered(key: str = "k1") -> Answered:
    return Answered(Once("acme", key, b"h" * 32), ANSWER)


async def look(quotes: Quotes, viewer: str, shown: Prices, now: datetime = NOW) -> Prices:
    """Look as a search does: what may be shown."""
    leased = await quotes.leases(viewer, buckets_of(shown))
    seen = await quotes.see(viewer, leased, shown, now=now, length_s=HOUR_S)
    return {key: seen.leases[key].lowest for key in shown}


async def running(
    quotes: Quotes, viewer: str, keys: Collection[LeaseKey], now: datetime = NOW
) -> Prices:
    """The lowest prices of leases that run."""
    leased = await quotes.leases(viewer, buckets_of(keys))
    lowest = leased.lowest(now.timestamp(), HOUR_S)
    return {key: lowest[key] for key in keys if key in lowest}


class QuotesContract:
    """What every store of quotes keeps."""

    async def test_a_request_is_read_as_it_was_saved(self, quotes: Quotes) -> None:
        await quotes.save(request(), "viewer", None)
        assert await quotes.request(request().id, "acme") == request()

    async def test_every_offer_is_read_by_its_id(self, quotes: Quotes) -> None:
        await quotes.save(request(), "viewer", None)
        for one in request().offers:
            found = await quotes.offer(one.id, "acme")
            assert found is not None
            assert found.offer == one
            assert found.live_mode is False

    @pytest.mark.parametrize(
        "id_", ["", "orq_", "off_" + "0" * 24, offer_id(request().id, 2), "orq_" + "\0" * 22]
    )
    async def test_an_unknown_id_is_nothing(self, quotes: Quotes, id_: str) -> None:
        await quotes.save(request(), "viewer", None)
        assert await quotes.request(id_, "acme") is None
        assert await quotes.offer(id_, "acme") is None

    async def test_nobody_else_reads_it(self, quotes: Quotes) -> None:
        await quotes.save(request(), "viewer", None)
        assert await quotes.request(request().id, "other") is None
        assert await quotes.offer(request().offers[0].id, "other") is None
        assert not await quotes.name(request().id, "other", "pas_1", Named("Ada", "Stone"))

    async def test_names_are_added_to_a_request_and_all_its_offers(self, quotes: Quotes) -> None:
        await quotes.save(request(), "viewer", None)
        who = request().offers[0].travellers[0].id
        assert await quotes.name(request().id, "acme", who, Named("Ada", "Stone", ACCOUNTS))
        assert await quotes.name(request().id, "acme", who, Named("Ada", "Stön'e"))
        found = await quotes.request(request().id, "acme")
        assert found is not None
        people = [one.travellers[0] for one in found.offers] + [found.query.travellers[0]]
        assert {(one.given_name, one.family_name) for one in people} == {("Ada", "Stön'e")}
        offer = await quotes.offer(request().offers[1].id, "acme")
        assert offer is not None
        assert offer.offer.travellers[0].family_name == "Stön'e"
        assert offer.offer.total == request().offers[1].total

    async def test_frequent_flyers_numbers_are_kept_with_the_names(self, quotes: Quotes) -> None:
        await quotes.save(request(), "viewer", None)
        who = request().offers[0].travellers[0].id
        assert await quotes.name(request().id, "acme", who, Named("Ada", "Stone", ACCOUNTS))
        found = await quotes.request(request().id, "acme")
        assert found is not None
        people = [one.travellers[0] for one in found.offers] + [found.query.travellers[0]]
        assert {one.accounts for one in people} == {ACCOUNTS}

    async def test_many_searches_are_saved_together(self, quotes: Quotes) -> None:
        made = [request(n) for n in range(1, 40)]
        await asyncio.gather(*(quotes.save(one, "viewer", None) for one in made))
        for one in made:
            assert await quotes.request(one.id, "acme") == one

    async def test_a_call_with_a_key_is_saved_with_its_answer_once(
        self, quotes: Quotes, remembered: Remembered
    ) -> None:
        await quotes.save(request(1), "viewer", answered())
        kept = await remembered.recall(answered().once)
        assert kept is not None
        assert (kept.status, kept.body) == (ANSWER.status, ANSWER.body)
        with pytest.raises(AnsweredBefore):
            await quotes.save(request(2), "viewer", answered())
        assert await quotes.request(request(2).id, "acme") is None

    async def test_of_many_calls_with_one_key_one_is_saved(self, quotes: Quotes) -> None:
        made = [request(n) for n in range(1, 9)]
        outcomes = await asyncio.gather(
            *(quotes.save(one, "viewer", answered()) for one in made), return_exceptions=True
        )
        assert [type(one) for one in outcomes if one is not None] == [AnsweredBefore] * 7
        found = [await quotes.request(one.id, "acme") for one in made]
        assert sum(one is not None for one in found) == 1

    async def test_requests_are_listed_newest_first_by_pages(self, quotes: Quotes) -> None:
        for n in range(1, 6):
            await quotes.save(request(n), "viewer", None)
        await quotes.save(request(9, owner="other"), "viewer", None)
        first = await quotes.requests("acme", Page(limit=2))
        assert [one.id for one in first.items] == [request(5).id, request(4).id]
        assert first.items[0].offers == ()
        assert first.before is None
        second = await quotes.requests("acme", Page(limit=2, after=first.after))
        assert [one.id for one in second.items] == [request(3).id, request(2).id]
        last = await quotes.requests("acme", Page(limit=2, after=second.after))
        assert [one.id for one in last.items] == [request(1).id]
        assert last.after is None
        back = await quotes.requests("acme", Page(limit=2, before=last.before))
        assert back.items == second.items
        front = await quotes.requests("acme", Page(limit=2, before=back.before))
        assert front.items == first.items
        assert front.before is None
        assert front.after == first.after

    async def test_who_asked_nothing_has_an_empty_list(self, quotes: Quotes) -> None:
        empty = await quotes.requests("acme", Page())
        assert (empty.items, empty.before, empty.after) == ((), None, None)

    # leases

    async def test_nothing_is_leased_before_anything_was_seen(self, quotes: Quotes) -> None:
        assert (await quotes.leases("v", [BUCKET])).leases == {}
        assert (await quotes.leases("v", [])).leases == {}
        assert await look(quotes, "v", {}) == {}

    async def test_a_lease_keeps_the_lowest_price_from_the_first_look(self, quotes: Quotes) -> None:
        for minutes, price, shown in (
            (0, 500, 500),
            (10, 600, 500),
            (20, 400, 400),
            (59, 450, 400),
        ):
            at = NOW + timedelta(minutes=minutes)
            seen = await look(quotes, "v", {ONE: Price(price, 10)}, at)
            assert seen[ONE].total == shown
            assert await running(quotes, "v", [ONE, OTHER], at) == seen

    async def test_a_lease_is_not_extended_by_looking_and_then_begins_anew(
        self, quotes: Quotes
    ) -> None:
        await look(quotes, "v", {ONE: Price(500)})
        await look(quotes, "v", {ONE: Price(500)}, NOW + timedelta(minutes=50))
        later = NOW + timedelta(minutes=60)
        assert await running(quotes, "v", [ONE], later) == {}
        assert await look(quotes, "v", {ONE: Price(900)}, later) == {ONE: Price(900)}
        after = later + timedelta(minutes=59)
        assert await running(quotes, "v", [ONE], after) == {ONE: Price(900)}

    async def test_viewers_days_and_types_have_leases_of_their_own(self, quotes: Quotes) -> None:
        await look(quotes, "v", {ONE: Price(500)})
        dear = {ONE: Price(900), OTHER: Price(700), LATER: Price(800)}
        assert await look(quotes, "w", dear) == dear
        assert await look(quotes, "v", dear) == {**dear, ONE: Price(500)}
        assert await running(quotes, "v", [LATER]) == {LATER: Price(800)}

    async def test_the_same_total_with_another_tax_changes_no_lease(self, quotes: Quotes) -> None:
        await look(quotes, "v", {ONE: Price(500, 50)})
        assert await look(quotes, "v", {ONE: Price(500, 20)}) == {ONE: Price(500, 50)}

    async def test_viewers_who_look_at_once_agree_on_the_lowest(self, quotes: Quotes) -> None:
        totals = [800, 500, 900, 650, 700]
        looks = [look(quotes, "v", {ONE: Price(total)}) for total in totals]
        shown = [one[ONE].total for one in await asyncio.gather(*looks)]
        assert all(one <= own for one, own in zip(shown, totals, strict=True))
        assert await running(quotes, "v", [ONE]) == {ONE: Price(500)}

    async def test_who_looked_before_others_saw_less_is_told_of_it(self, quotes: Quotes) -> None:
        old = await quotes.leases("v", [BUCKET])
        await look(quotes, "v", {OTHER: Price(300), ONE: Price(400)})
        seen = await quotes.see("v", old, {ONE: Price(500)}, now=NOW, length_s=HOUR_S)
        assert seen.leases[ONE].lowest == Price(400)
        assert await running(quotes, "v", [ONE, OTHER]) == {ONE: Price(400), OTHER: Price(300)}

    async def test_looks_of_different_lengths_are_not_mixed(self, quotes: Quotes) -> None:
        first, second = await asyncio.gather(
            look(quotes, "v", {ONE: Price(500)}),
            quotes.see("w", Leased(), {ONE: Price(600)}, now=NOW, length_s=2 * HOUR_S),
        )
        assert (first[ONE].total, second.leases[ONE].lowest.total) == (500, 600)

    async def test_a_lease_that_was_taken_over_keeps_its_beginning(self, quotes: Quotes) -> None:
        began = NOW.timestamp() - 600
        taken = Leased({ONE: ViewerLease(began, Price(500))})
        seen = await quotes.see("v", taken, {ONE: Price(400)}, now=NOW, length_s=HOUR_S)
        assert seen.leases[ONE] == ViewerLease(began, Price(400))
        assert (await quotes.leases("v", [BUCKET])).leases[ONE].first_seen == began

    # sweeping

    async def test_what_expired_long_ago_is_swept(self, quotes: Quotes) -> None:
        await quotes.save(request(1), "viewer", None)
        await look(quotes, "v", {ONE: Price(500)})
        await look(quotes, "v", {LATER: Price(500)}, NOW + timedelta(days=5))
        soon = NOW + timedelta(hours=3)
        assert await quotes.sweep(soon) == 0
        assert await quotes.request(request(1).id, "acme") is not None
        late = NOW + timedelta(seconds=KEPT_S, hours=1)
        assert await quotes.sweep(late) == 2
        assert await quotes.request(request(1).id, "acme") is None
        kept = await running(quotes, "v", [ONE, LATER], NOW + timedelta(days=5))
        assert kept == {LATER: Price(500)}
