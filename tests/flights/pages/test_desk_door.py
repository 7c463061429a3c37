"""A key is shown once; the browser keeps a short pass that no script and no other site can use."""

import httpx
import pytest

from holdfast.flights.pages.api import Away
from holdfast.flights.pages.desk_door import COOKIE, GRANT, Pass, as_who, enter, pass_of
from tests.flights.pages.pages_site import PlayedApi, site, visit

GRANTED = {"client_id": "BA", "access_token": "hfs_x.y", "expires_in": 1799, "state": "approved"}


async def test_a_name_and_a_key_become_a_pass() -> None:
    played = PlayedApi({f"POST {GRANT}": httpx.Response(200, json=GRANTED)})
    assert await enter(played.api(), "BA", "the key") == Pass("BA", "hfs_x.y", 1799)
    sent = played.asked[0].content.decode()
    assert sent == "grant_type=client_credentials&client_id=BA&client_secret=the+key"


@pytest.mark.parametrize("status", [400, 401])
async def test_what_does_not_fit_is_no_pass(status: int) -> None:
    played = PlayedApi({f"POST {GRANT}": httpx.Response(status, json={"error": "invalid_client"})})
    assert await enter(played.api(), "BA", "wrong") is None


async def test_an_api_that_is_away_is_told_as_such() -> None:
    for answer in (httpx.ConnectError("away"), httpx.Response(502, text="no")):
        found = await enter(PlayedApi({f"POST {GRANT}": answer}).api(), "BA", "key")
        assert isinstance(found, Away)


@pytest.mark.parametrize(
    "value", ["", "x", ".token", "QkE", "QkE.", "!!.token", "_w.token", "QkE." + "x" * 4000]
)
def test_a_broken_cookie_is_no_pass(value: str) -> None:
    assert pass_of(visit("/desk", cookie=f"{COOKIE}={value}")) is None


def test_a_cookie_names_its_owner_and_token() -> None:
    held = pass_of(visit("/desk", cookie=f"{COOKIE}=QkE.hfs_x.y"))
    assert held == Pass("BA", "hfs_x.y")
    assert as_who(site(), held).token == "hfs_x.y"
