from tests.flights.duffel_site import duffel_site, order_body, search


async def test_the_answer_of_a_key_is_sent_again_byte_for_byte() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        body, key = order_body(offer), {"idempotency-key": "one"}
        first = await client.post("/air/orders", json=body, headers=key)
        again = await client.post("/air/orders", json=body, headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert len((await client.get("/air/orders")).json()["data"]) == 1


async def test_a_key_with_another_body_is_refused() -> None:
    async with duffel_site() as site, site.client() as client:
        first, other, *_ = await search(client)
        key = {"idempotency-key": "one"}
        await client.post("/air/orders", json=order_body(first), headers=key)
        answer = await client.post("/air/orders", json=order_body(other), headers=key)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["source"]["field"] == "Idempotency-Key"


async def test_every_writing_call_of_booking_keeps_its_answer_with_its_effect() -> None:
    async with duffel_site() as site, site.client() as client:
        (offer, *_) = await search(client)
        held = order_body(offer, type="hold", payments=None)
        order = (await client.post("/air/orders", json=held)).json()["data"]
        payment = {"type": "balance", "amount": "100.00", "currency": "EUR"}
        calls = [
            ("/air/payments", {"data": {"order_id": order["id"], "payment": payment}}),
            ("/air/order_cancellations", {"data": {"order_id": order["id"]}}),
        ]
        answers = []
        for number, (path, body) in enumerate(calls):
            key = {"idempotency-key": str(number)}
            answers.append(await client.post(path, json=body, headers=key))
            again = await client.post(path, json=body, headers=key)
            assert again.content == answers[-1].content
        confirm = f"/air/order_cancellations/{answers[1].json()['data']['id']}/actions/confirm"
        key = {"idempotency-key": "confirm"}
        first = await client.post(confirm, headers=key)
        assert first.json()["data"]["confirmed_at"] is not None
        assert (await client.post(confirm, headers=key)).content == first.content
        assert len(await site.bookings.payments(site.owner, order["id"])) == 1
