"""Places for a script and for what was typed."""

import httpx
import msgspec

from holdfast.flights.pages.suggesting import Meant, meant_by, suggestions
from tests.flights.pages.offers import suggestion
from tests.flights.pages.pages_site import PagesSite, PlayedApi, data, refusal, site, visit

LONDON = suggestion("LON", "London", is_city=True)
HEATHROW = suggestion("LHR", "Heathrow", city="LON")
PLACES = {
    "london": [LONDON, HEATHROW],
    "FRA": [suggestion("FRA", "Frankfurt")],
    "lo": [LONDON, HEATHROW],
}


def played() -> PlayedApi:
    def answer(request: httpx.Request) -> httpx.Response:
        found = PLACES.get(request.url.params["query"], [])
        return data([msgspec.to_builtins(one) for one in found])

    return PlayedApi({"GET /places/suggestions": answer})


async def test_what_is_typed_is_sure_or_a_question_or_unknown() -> None:
    meant = await meant_by(site(played()), visit(), ["london", "Frankfurt (FRA)", "lo", "x"])
    assert isinstance(meant, Meant)
    assert meant.codes == {"london": "LON", "Frankfurt (FRA)": "FRA"}
    assert [one.code for one in meant.choices["lo"]] == ["LON", "LHR"]
    assert meant.choices["x"] == []


async def test_what_nobody_can_mean_is_asked_nobody() -> None:
    api = played()
    for typed in ("", "\0", "a\nb"):
        assert await suggestions(site(api), visit(), typed) == []
    assert api.asked == []


async def test_when_the_api_is_away_nothing_is_meant() -> None:
    away = PlayedApi({"GET /places/suggestions": refusal(503, "x")})
    assert not isinstance(await meant_by(site(away), visit(), ["FRA"]), Meant)


async def test_a_script_gets_a_few_places_with_what_to_fill_in() -> None:
    answer = await PagesSite(played()).get("/places?q=lo")
    assert [one["text"] for one in answer.json()] == ["London (LON)", "Heathrow (LHR)"]
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_script_is_told_when_there_is_no_answer() -> None:
    away = PlayedApi({"GET /places/suggestions": refusal(503, "x")})
    answer = await PagesSite(away).get("/places?q=lo")
    assert (answer.status_code, answer.json()) == (502, [])
