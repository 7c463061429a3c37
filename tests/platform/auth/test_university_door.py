"""The browser's way to a university and back: the state is a cookie of this browser."""

import httpx
from starlette.applications import Starlette

from holdfast.platform.auth.faces import PlainFaces
from holdfast.platform.auth.passport import COOKIE as SESSION
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.auth.site import Door
from holdfast.platform.auth.university import BACK, University
from holdfast.platform.auth.university_door import COOKIE, UniversityDoor
from tests.support.people import House
from tests.support.university import CLIENT, SECRET, university


def client_of(house: House) -> httpx.AsyncClient:
    door = Door(house.signing_in, house.passport, PlainFaces(("university",)), is_secure=False)
    routes = UniversityDoor(door, University(house.signing_in, SECRET)).routes()
    transport = httpx.ASGITransport(Starlette(routes=routes), client=("192.0.2.7", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://site.test")


async def test_there_and_back_with_the_same_browser_only(house: House) -> None:
    with university(int(house.clock.now.timestamp())) as provider:
        house.settings = PeopleSettings(
            public_url="http://site.test",
            university_issuer=provider.issuer,
            university_client_id=CLIENT,
            university_roles=("staff=teacher",),
        )
        async with client_of(house) as mine, client_of(house) as theirs:
            sent = await mine.get("/login/university?next=https://evil.test")
            assert sent.headers["location"].startswith(f"{provider.issuer}/authorize?")
            assert "httponly" in sent.headers["set-cookie"].lower()
            state, code = provider.log_in(sent.headers["location"])
            query = {"state": state, "code": code}
            foisted = await theirs.get(BACK, params=query)
            assert foisted.status_code == 403
            assert SESSION not in foisted.cookies
            answer = await mine.get(BACK, params=query)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            assert await house.passport.of_session(answer.cookies[SESSION])
            assert COOKIE not in mine.cookies


async def test_a_silent_university_is_told_in_words(house: House) -> None:
    house.settings = PeopleSettings(
        public_url="http://site.test",
        university_issuer="http://127.0.0.1:9",
        university_client_id=CLIENT,
    )
    async with client_of(house) as client:
        answer = await client.get("/login/university")
        assert answer.status_code == 503
        assert "does not answer" in answer.text
