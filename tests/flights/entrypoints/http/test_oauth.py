"""Client credentials become a token that works, and nothing else does."""

from datetime import timedelta

import httpx
import pytest

from holdfast.flights.entrypoints.http.oauth import MAX_FORM_BYTES, Grants
from holdfast.flights.entrypoints.http.settings import HttpSettings
from tests.flights.entrypoints.http.site import NOON, SIGNER, TOKEN, Site, new_token, site
from tests.flights.entrypoints.http.things import Things

PATH = "/v1/security/oauth2/token"
GOOD = {"grant_type": "client_credentials", "client_id": "anna", "client_secret": TOKEN}


async def ask(shop: Site, form: dict[str, str]) -> httpx.Response:
    operations = Grants(shop.tokens, SIGNER).operations()
    async with site([*operations, *Things().operations()], HttpSettings()) as granting:
        granting.tokens._tokens.update(shop.tokens._tokens)
        async with granting.client(token=None, version=None) as client:
            return await client.post(PATH, data=form)


async def test_credentials_become_a_token_that_works(shop: Site) -> None:
    answer = await ask(shop, GOOD)
    assert answer.status_code == 200
    granted = answer.json()
    assert granted.keys() >= {"access_token", "expires_in", "token_type", "state"}
    assert (granted["state"], granted["token_type"]) == ("approved", "Bearer")
    async with shop.client(granted["access_token"]) as client:
        assert (await client.get("/v2/things/thi_1")).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "ben"}, 401, "invalid_client"),
        ({"client_id": "änna"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({f"x{n}": "1" for n in range(100)}, 400, "invalid_request"),
    ],
)
async def test_anything_else_is_refused_in_the_shape_of_the_grant(
    shop: Site, change: dict[str, str], status: int, error: str
) -> None:
    answer = await ask(shop, GOOD | change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("missing", list(GOOD))
async def test_every_field_is_needed(shop: Site, missing: str) -> None:
    form = {name: value for name, value in GOOD.items() if name != missing}
    assert (await ask(shop, form)).json()["error"] == "invalid_request"


async def test_a_form_is_bounded_and_a_form(shop: Site) -> None:
    assert (await ask(shop, GOOD | {"x": "y" * MAX_FORM_BYTES})).status_code == 413
    operations = Grants(shop.tokens, SIGNER).operations()
    async with site(operations) as granting, granting.client(token=None) as client:
        assert (await client.post(PATH, json=GOOD)).status_code == 415
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await client.post(PATH, content="grant_type=ü".encode(), headers=headers)
        assert answer.json()["error"] == "invalid_request"


async def test_a_token_that_ended_or_expired_gives_none(shop: Site) -> None:
    await shop.tokens.create(new_token("old", expires_at=NOON))
    assert (await ask(shop, GOOD | {"client_secret": "old"})).status_code == 401
    [token] = [one for one in await shop.tokens.list("anna") if one.expires_at is None]
    await shop.tokens.revoke("anna", token.token_id, NOON)
    assert (await ask(shop, GOOD)).status_code == 401


async def test_a_grant_ends_with_its_token_and_stays_a_test(shop: Site) -> None:
    soon = NOON + timedelta(seconds=90)
    await shop.tokens.create(new_token("duffel_test_soon", live_mode=True, expires_at=soon))
    granted = (await ask(shop, GOOD | {"client_secret": "duffel_test_soon"})).json()
    assert granted["expires_in"] == 90
    token = SIGNER.read(granted["access_token"])
    assert token is not None
    assert (token.live_mode, token.expires_at) == (False, soon)
