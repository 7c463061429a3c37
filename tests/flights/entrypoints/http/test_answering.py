"""The checks of a request come in their order, and each names what is wrong."""

import httpx
import pytest

from holdfast.flights.entrypoints.http.operation import Call, Operation
from holdfast.flights.entrypoints.http.parameters import day, identifier, number
from tests.flights.entrypoints.http.site import Site, fault, new_token, site, source
from tests.flights.entrypoints.http.things import Thing, Things, body

JSON = {"content-type": "application/json"}


async def test_a_handler_gets_what_was_declared(anna: httpx.AsyncClient, things: Things) -> None:
    query = "big=true&owner_id=own_1&name[]=x&name[]=y&size=3&view=unknown"
    await anna.get(f"/air/things?{query}", headers={"duffel-version": "v1"})
    [call] = things.calls
    assert (call.flag("big"), call.text("owner_id"), call.whole("size")) == (True, "own_1", 3)
    assert call.many("name[]") == ("x", "y")
    assert (call.version, call.caller.owner, call.once) == ("v1", "anna", None)


async def test_an_empty_query_means_the_defaults(anna: httpx.AsyncClient, things: Things) -> None:
    await anna.get("/air/things")
    await anna.get("/air/things?view=unknown")
    for call in things.calls:
        assert (call.flag("big"), call.text("owner_id"), call.whole("size")) == (False, None, None)
        assert (call.many("name[]"), call.page().limit) == ((), 50)


async def test_a_page_is_told_with_its_cursors(anna: httpx.AsyncClient) -> None:
    seen, query = [], {"limit": "30"}
    while True:
        page = (await anna.get("/air/things", params=query)).json()
        assert page["meta"].keys() == {"limit", "before", "after"}
        seen += [thing["size"] for thing in page["data"]]
        if page["meta"]["after"] is None:
            break
        query["after"] = page["meta"]["after"]
    assert seen == list(range(100))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=", "limit"),
        ("after=x", "after"),
        ("after=g2YQ&before=g2YQ", "before"),
        ("size=1&size=10", "size"),
        ("big=1", "big"),
        ("owner_id=%00", "owner_id"),
        ("name[]=1&name[]=2&name[]=3&name[]=4", "name[]"),
    ],
)
async def test_a_parameter_that_does_not_fit_is_named(
    anna: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await anna.get(f"/air/things?{query}")
    assert fault(answer)[:2] == (422, "validation_error")
    assert source(answer) == (field, f"/{field}")


async def test_a_query_of_too_many_fields_is_refused(anna: httpx.AsyncClient) -> None:
    assert fault(await anna.get("/air/things?" + "a=1&" * 101))[0] == 400


async def test_a_required_parameter_is_required() -> None:
    things = Things()
    wanted = identifier("offer_id", required=True)
    operation = Operation("GET", "/air/maps", "m", things.drop, Thing, parameters=(wanted,))
    async with site([operation]) as shop, shop.client() as anna:
        answer = await anna.get("/air/maps")
        assert fault(answer) == (422, "validation_error", "validation_required")
        assert (await anna.get("/air/maps?offer_id=off_1")).content == b"{}"


@pytest.mark.parametrize("path", ["/air/things/x%00", "/air/things/wrong", "/air/things/thi_%20"])
async def test_an_id_that_cannot_be_one_is_not_found(anna: httpx.AsyncClient, path: str) -> None:
    assert fault(await anna.get(path)) == (404, "invalid_request_error", "not_found")


async def test_a_body_is_checked_and_its_fault_named(anna: httpx.AsyncClient) -> None:
    answer = await anna.post("/air/things", content=body("a", 1, "x"), headers=JSON)
    assert fault(answer) == (422, "validation_error", "invalid_data_param")
    assert source(answer) == ("sizes", "/sizes/1")


@pytest.mark.parametrize(
    ("headers", "content", "wanted"),
    [
        ({}, body(), (400, "missing_content_type_header")),
        ({"content-type": "text/plain"}, body(), (415, "invalid_content_type_header")),
        (JSON, b"", (400, "missing_data_param")),
        (JSON, b"{}", (400, "missing_data_param")),
        (JSON, b'{"data":', (400, "malformed_data_param")),
        (JSON, b'{"data":7}', (400, "invalid_data_param")),
        (JSON, b"x" * 1001, (413, "bad_request")),
        (JSON | {"accept": "text/html"}, body(), (406, "unsupported_format")),
        (JSON | {"duffel-version": "v3"}, body(), (400, "unsupported_version")),
    ],
)
async def test_a_request_that_cannot_be_read_says_why(
    anna: httpx.AsyncClient,
    things: Things,
    headers: dict[str, str],
    content: bytes,
    wanted: tuple[int, str],
) -> None:
    answer = await anna.post("/air/things", content=content, headers=headers)
    assert fault(answer)[::2] == wanted
    assert things.calls == []


async def test_a_content_type_on_a_get_means_nothing(anna: httpx.AsyncClient) -> None:
    answer = await anna.get("/air/things/thi_1", headers={"content-type": "text/plain"})
    assert answer.status_code == 200


async def test_native_and_amadeus_addresses_need_no_version(shop: Site) -> None:
    async with shop.client(version=None) as anna:
        assert (await anna.get("/api/flights/thing/thi_1")).status_code == 200
        assert (await anna.get("/v2/things/thi_1")).status_code == 200
        assert fault(await anna.get("/air/things"))[2] == "missing_version_header"


async def test_a_token_is_only_good_for_its_scopes(shop: Site) -> None:
    await shop.tokens.create(new_token("duffel_test_reader", scopes=frozenset({"read"})))
    async with shop.client("duffel_test_reader") as reader:
        assert (await reader.get("/air/things")).status_code == 200
        refused = await reader.post("/air/things", content=body("a", 1), headers=JSON)
    assert fault(refused) == (403, "authentication_error", "insufficient_permissions")


async def test_a_body_that_the_handler_reads_itself_comes_unread() -> None:
    async def size(call: Call) -> Thing:
        return Thing("thi_1", len(await call.request.body()))

    operation = Operation(
        "POST", "/feeds", "f", size, Thing, raw_body=True, media_type="*/*", answer_s=None
    )
    async with site([operation]) as shop, shop.client() as anna:
        assert (await anna.post("/feeds", content=b"x" * 100_000)).json()["data"]["size"] == 100_000


async def test_numbers_and_dates_of_the_query_come_as_such() -> None:
    async def told(call: Call) -> list[object]:
        return [call.number("lat"), call.day("on")]

    wanted = (number("lat", -90, 90), day("on"))
    operation = Operation("GET", "/a", "a", told, list[float | str | None], parameters=wanted)
    async with site([operation]) as shop, shop.client() as anna:
        answer = await anna.get("/a?lat=51.5&on=2026-12-01")
        assert answer.json() == {"data": [51.5, "2026-12-01"]}
        assert (await anna.get("/a")).json() == {"data": [None, None]}


async def test_bytes_that_were_made_before_are_sent_as_they_are(anna: httpx.AsyncClient) -> None:
    answer = await anna.get("/air/ready_made")
    assert (answer.status_code, answer.content) == (203, b'{"data":[]}')
    assert answer.headers["x-made"] == "before"
