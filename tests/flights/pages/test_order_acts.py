"""Paying, pricing anew, giving back and accepting: each said before it is done, each done once."""

from datetime import UTC, datetime, timedelta

from holdfast.flights.domain.disruption import AirlineChange, ChangeKind, LegChange, LegTimes
from holdfast.flights.domain.ids import derive
from tests.flights.pages.booking_site import BookingSite, Shown, booking_site
from tests.support.flights_world import NOW


async def page(site: BookingSite, address: str) -> Shown:
    """A page, behind a redirect if there is one."""
    return Shown(await site.browser.get(address, follow_redirects=True))


async def send(site: BookingSite, address: str, **form: str) -> Shown:
    """A form, and the page behind its redirect."""
    return Shown(await site.browser.post(address, data=form, follow_redirects=True))


async def test_a_held_order_is_paid_with_one_click_however_often() -> None:
    async with booking_site() as site:
        address = await site.order(how="hold")
        form = (await page(site, address)).hidden()
        for _ in range(2):
            paid = await send(site, f"{address}/pay", **form)
            assert "Booked and paid" in paid.text
            assert "the tickets are issued" in paid.text


async def test_only_the_price_that_was_shown_is_paid() -> None:
    async with booking_site() as site:
        address = await site.order(how="hold")
        refused = await send(site, f"{address}/pay", amount="1.00", currency="EUR")
        assert refused.answer.status_code == 409
        assert "That cannot be done with this booking now" in refused.text
        assert "Held, not paid yet" in refused.text


async def test_the_refund_is_shown_with_its_end_before_anything_is_cancelled() -> None:
    async with booking_site() as site:
        address = await site.order("1.1.4A")
        quote = await send(site, f"{address}/cancel")
        assert "You get back €" in quote.text
        assert "of €115.00 paid" in quote.text
        assert "This refund can be had until 26 Nov, 12:30 UTC" in quote.text
        assert "Price locked" not in quote.text
        assert "Booked and paid" in (await page(site, address)).text
        done = await send(site, str(quote.answer.url.path))
        assert "Cancelled" in done.text
        assert "were given back" in done.text
        assert "The booking is cancelled." in done.text
        again = await page(site, str(quote.answer.url.path))
        assert "Cancelled" in again.text


async def test_a_refund_that_ended_is_not_taken_and_can_be_asked_anew() -> None:
    async with booking_site() as site:
        address = await site.order()
        quote = await send(site, f"{address}/cancel")
        site.duffel.clock.now = NOW + timedelta(minutes=31)
        late = await send(site, str(quote.answer.url.path))
        assert late.answer.status_code == 409
        assert "That refund offer has ended. Nothing was cancelled" in late.text
        shown = await page(site, str(quote.answer.url.path))
        assert "This refund offer has ended" in shown.text
        assert "Ask again" in shown.text


async def test_a_refund_of_another_order_is_not_there() -> None:
    async with booking_site() as site:
        mine, other = await site.order(), await site.order(p1_given="Bea")
        quote = await send(site, f"{other}/cancel")
        part = str(quote.answer.url.path).rpartition("/")[2]
        for one in (part, "ore_1", "x"):
            assert (await page(site, f"{mine}/cancel/{one}")).answer.status_code == 404
            assert (await send(site, f"{mine}/cancel/{one}")).answer.status_code == 404
        assert "Booked and paid" in (await page(site, other)).text


async def test_what_was_never_paid_gives_nothing_back_and_says_so() -> None:
    async with booking_site() as site:
        address = await site.order(how="hold")
        quote = await send(site, f"{address}/cancel")
        assert "Nothing has been paid yet" in quote.text


async def test_a_hold_that_ran_out_says_that_nothing_was_charged() -> None:
    async with booking_site() as site:
        address = await site.order(how="hold")
        site.duffel.clock.now = NOW + timedelta(hours=25)
        late = await page(site, address)
        assert "Not paid in time" in late.text
        assert "Nothing was charged" in late.text
        assert "Cancel booking" not in late.text


async def test_after_the_price_guarantee_the_price_of_now_is_asked_before_paying() -> None:
    async with booking_site() as site:
        address = await site.order(how="hold")
        site.duffel.clock.now = NOW + timedelta(hours=13)
        late = await page(site, address)
        assert "The price guarantee has ended" in late.text
        assert "Pay €" not in late.text
        refused = await send(site, f"{address}/pay", **late.hidden())
        assert "Nothing was charged: ask for the current price" in refused.text
        asked = await send(site, f"{address}/reprice")
        assert "This is the current price." in asked.text
        paid = await send(site, f"{address}/pay", **asked.hidden())
        assert "Booked and paid" in paid.text


async def change(site: BookingSite, address: str) -> AirlineChange:
    """The airline moves the flight of an order by two hours."""
    order_id = address.split("/")[2]
    order = await site.duffel.bookings.order(order_id, site.duffel.owner)
    assert order is not None
    (leg,) = order.offer.slices[0].segments[0].segment.legs
    departs, arrives = (
        datetime.fromtimestamp(minute * 60, UTC)
        for minute in (leg.departing_utc_min, leg.arriving_utc_min)
    )
    was = LegTimes(departs, arrives, leg.aircraft)
    moved = LegTimes(
        was.departs_at + timedelta(hours=2), was.arrives_at + timedelta(hours=2), leg.aircraft
    )
    made = AirlineChange(
        id=derive("aic", order_id),
        order_id=order_id,
        kind=ChangeKind.SCHEDULE,
        legs=(LegChange(leg.key, was, moved),),
        detected_at=NOW,
    )
    site.duffel.disruptions.listed.append(made)
    return made


async def test_a_change_of_the_airline_is_shown_and_accepted() -> None:
    async with booking_site() as site:
        address = await site.order()
        made = await change(site, address)
        shown = await page(site, address)
        assert "The airline has changed your flight" in shown.text
        assert "10:00" in shown.text
        done = await send(site, f"{address}/accept", change=made.id)
        assert "You have accepted" in done.text
        assert "The airline has changed your flight" not in done.text


async def test_a_change_of_another_order_is_not_accepted() -> None:
    async with booking_site() as site:
        mine, other = await site.order(), await site.order(p1_given="Bea")
        made = await change(site, other)
        refused = await send(site, f"{mine}/accept", change=made.id)
        assert refused.answer.status_code == 404
        assert "The airline has changed" in (await page(site, other)).text


async def test_who_refuses_a_change_gets_everything_back() -> None:
    async with booking_site() as site:
        address = await site.order()
        await change(site, address)
        quote = await send(site, f"{address}/cancel")
        assert "You get back €100.00" in quote.text
