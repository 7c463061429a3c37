"""Tokens stay out of logs: whatever is asked with them, right or wrong, in a header or a query."""

import logging

import pytest

from holdfast.errors import DefiniteError
from holdfast.flights.wiring.sites.declared import DECLARED
from tests.flights.entrypoints.http.site import TOKEN
from tests.flights.entrypoints.http.site import site as flights_site
from tests.support.endpoints import whole_site
from tests.support.results_site import ADMIN, SERVICE, VIEWER

GUESS = "guess-of-somebody-0123456789"


async def test_no_token_of_grading_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "holdfast")
    async with whole_site() as site:
        for token in (VIEWER, ADMIN, SERVICE, GUESS):
            client = site.client(token)
            for path in ("/users", "/api/grading/roster/tokens", "/nowhere", "/attempts/x"):
                await client.get(path, headers={"accept": "text/html"})
            await client.post("/internal/grading/batch", content=b"no batch")
            await site.client().get(f"/enter?token={token}&next=/")
            await site.client().post("/enter", data={"token": token, "next": "/"})
    assert not [word for word in (VIEWER, ADMIN, SERVICE, GUESS) if word in _said(caplog)]


async def test_no_token_of_flights_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "holdfast")
    async with flights_site(DECLARED) as made:
        made.database_errors.append(DefiniteError("the database is away"))
        for token in (TOKEN, GUESS):
            async with made.client(token) as client:
                for path in ("/air/orders", "/health/ready", "/nowhere", f"/air/offers/{token}"):
                    await client.get(path)
                form = {"grant_type": "client_credentials", "client_secret": token}
                await client.post("/v1/security/oauth2/token", data={"client_id": "a", **form})
    assert not [word for word in (TOKEN, GUESS) if word in _said(caplog)]


def _said(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)
