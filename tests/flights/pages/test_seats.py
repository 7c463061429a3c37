"""Seats are chosen by plain forms: every step is an address, and the map is asked every time."""

from urllib.parse import parse_qs, urlsplit

from tests.flights.duffel_site import Json, order_body
from tests.flights.pages.booking_site import BookingSite, Shown, booking_site
from tests.support.flights_world import DAY

TWO = [{"type": "adult"}, {"type": "adult"}]


def query_of(address: str) -> dict[str, str]:
    """The query of an address, one value each."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def take(site: BookingSite, offer: Json, seat: str) -> None:
    """Somebody else books a seat."""
    other = (await site.offer())["id"]
    async with site.duffel.client() as client:
        maps = (await client.get("/air/seat_maps", params={"offer_id": other})).json()["data"]
        found = [
            element
            for cabin in maps[0]["cabins"]
            for row in cabin["rows"]
            for section in row["sections"]
            for element in section["elements"]
            if element.get("designator") == seat
        ]
        offered = (await client.get(f"/air/offers/{other}")).json()["data"]
        body = order_body(offered, services=found[0]["available_services"][:1])
        answer = await client.post("/air/orders", json=body)
        assert answer.status_code == 201, answer.text


async def step(site: BookingSite, offer: Json, **query: str) -> Shown:
    """A step of choosing seats."""
    return Shown(await site.browser.get(f"/offers/{offer['id']}/seats", params=query))


async def test_a_step_is_for_one_passenger_and_says_which_of_how_many() -> None:
    async with booking_site() as site:
        page = await step(site, await site.offer(party=TWO), step="2")
        assert page.answer.status_code == 200
        assert "Seat 2 of 2" in page.text
        assert "Seat for Passenger 2" in page.text


async def test_a_screen_reader_hears_designator_name_price_and_availability() -> None:
    async with booking_site() as site:
        seats = (await step(site, await site.offer())).radios()
        assert seats["4A"] == "4A, Front, €15.00, free"
        assert seats["10B"] == "10B, Standard, included, free"
        assert all(label.endswith(("free", "with conditions")) for label in seats.values())


async def test_the_legend_has_a_sign_for_every_price() -> None:
    async with booking_site() as site:
        page = await step(site, await site.offer())
        assert "Front €15.00" in page.text
        assert 'class="key t0"' in page.answer.text
        assert 'class="key t1"' in page.answer.text


async def test_a_choice_leads_to_the_next_passenger_with_what_was_chosen() -> None:
    async with booking_site() as site:
        offer = await site.offer(party=TWO)
        first = await step(site, offer, step="1", pick="4A", go="next")
        assert first.answer.status_code == 303
        assert query_of(first.answer.headers["location"]) == {"step": "2", "seats": "1.1.4A"}
        second = Shown(await site.browser.get(first.answer.headers["location"]))
        assert "4A, taken by passenger 1 of your party" in second.answer.text
        assert "4A" not in second.radios()
        assert "Seats in all €15.00" in second.text


async def test_the_last_choice_leads_to_the_passengers() -> None:
    async with booking_site() as site:
        offer = await site.offer(party=TWO)
        page = await step(site, offer, step="2", seats="1.1.4A", pick="4B", go="next")
        address = page.answer.headers["location"]
        assert urlsplit(address).path == f"/offers/{offer['id']}/passengers"
        assert query_of(address) == {"seats": "1.1.4A,1.2.4B"}


async def test_who_skips_has_no_seat() -> None:
    async with booking_site() as site:
        offer = await site.offer(party=TWO)
        page = await step(site, offer, step="1", seats="1.1.4A", pick="4C", go="skip")
        assert query_of(page.answer.headers["location"]) == {"step": "2"}
        done = await step(site, offer, step="1", go="done")
        assert urlsplit(done.answer.headers["location"]).query == ""


async def test_the_best_seats_are_together_and_shown_before_they_are_taken() -> None:
    async with booking_site() as site:
        offer = await site.offer(party=TWO)
        page = await step(site, offer, step="1", go="best")
        query = query_of(page.answer.headers["location"])
        seats = [one.split(".")[2] for one in query["seats"].split(",")]
        assert query["step"] == "1"
        assert len(seats) == 2
        assert seats[0][:-1] == seats[1][:-1]
        assert ord(seats[1][-1]) - ord(seats[0][-1]) == 1


async def test_an_exit_seat_is_taken_only_by_who_confirms() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        seats = (await step(site, offer)).radios()
        exit_seat = next(one for one, label in seats.items() if "with conditions" in label)
        page = await step(site, offer, pick=exit_seat, go="next")
        assert page.answer.status_code == 200
        assert "must be an adult who is able and willing" in page.text
        assert "Please confirm" not in page.text
        again = await step(site, offer, pick=exit_seat, go="next", asked="1")
        assert "Please confirm" in again.text
        taken = await step(site, offer, pick=exit_seat, go="next", asked="1", confirm=exit_seat)
        assert query_of(taken.answer.headers["location"]) == {"seats": f"1.1.{exit_seat}!"}


async def test_a_seat_that_somebody_took_meanwhile_is_told() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        await take(site, offer, "10B")
        page = await step(site, offer, pick="10B", go="next")
        assert page.answer.status_code == 409
        assert "Seat 10B has just been taken by somebody else" in page.text
        assert "10B, taken" in page.answer.text
        assert "10B" not in page.radios()


async def test_a_seat_chosen_before_and_lost_meanwhile_is_told_too() -> None:
    async with booking_site() as site:
        offer = await site.offer(party=TWO)
        await take(site, offer, "10B")
        page = await step(site, offer, step="2", seats="1.1.10B")
        assert "Seat 10B has just been taken" in page.text
        assert page.hidden()["seats"] == ""


async def test_the_script_can_ask_which_seats_are_free() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        await take(site, offer, "10B")
        answer = await site.browser.get(f"/offers/{offer['id']}/seats/free?step=1")
        found = answer.json()["free"]
        assert "10A" in found
        assert "10B" not in found


async def test_infants_have_no_step_and_nobody_with_one_gets_an_exit() -> None:
    async with booking_site() as site:
        offer = await site.offer(party=[{"type": "adult"}, {"type": "infant_without_seat"}])
        page = await step(site, offer)
        assert "Seat 1 of 1" in page.text
        assert not any("with conditions" in label for label in page.radios().values())
        assert "not for this passenger" in page.answer.text


async def test_nonsense_in_the_address_is_passed_over() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        page = await step(site, offer, step="<9>", seats="<script>,1.1.999Z", go="fly", pick="1")
        assert page.answer.status_code == 200
        assert "<script>," not in page.answer.text
        assert "Seat 1 of 1" in page.text


async def test_two_flights_are_two_steps() -> None:
    async with booking_site() as site:
        offers = await site.offer(slices=[("FRA", "JFK", DAY)], brand=None)
        page = await step(site, offers)
        assert "Seat 1 of 2" in page.text
        assert "BA117" in (await step(site, offers, step="2")).text


async def test_a_map_of_a_large_aircraft_stays_small() -> None:
    async with booking_site() as site:
        offer = await site.offer(slices=[("FRA", "JFK", DAY)], brand=None)
        page = await step(site, offer, step="2")
        assert len(page.radios()) > 150
        assert len(page.answer.content) < 75_000
