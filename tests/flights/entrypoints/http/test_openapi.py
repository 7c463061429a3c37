"""The document says what the application does: every operation, bound and error."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from holdfast.flights.entrypoints.http.oauth import GRANT_TOKEN
from holdfast.flights.entrypoints.http.openapi import openapi, operation_id
from tests.flights.entrypoints.http.site import Site, site
from tests.flights.entrypoints.http.things import Things


@pytest.fixture
def document() -> Any:
    return json.loads(openapi([*Things().operations(), GRANT_TOKEN]))


async def test_it_is_served_to_everybody(shop: Site) -> None:
    async with shop.client(token=None, version=None) as client:
        answer = await client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["openapi"] == "3.1.0"
    assert "/health/live" in answer.json()["paths"]
    assert "/openapi.json" not in answer.json()["paths"]


async def test_it_may_describe_what_others_serve(anna: httpx.AsyncClient) -> None:
    async with site([], documented=Things().operations()) as front, front.client() as client:
        assert "/air/things" in (await client.get("/openapi.json")).json()["paths"]
        assert (await client.get("/air/things")).status_code == 404


def test_every_operation_has_a_name_of_its_own(document: Any) -> None:
    names = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(names) == len(set(names))
    assert operation_id(Things().operations()[0]) == "get_air_things_by_id"


def test_parameters_have_their_bounds_and_headers_their_words(document: Any) -> None:
    listed = document["paths"]["/air/things"]["get"]["parameters"]
    by_name = {one["name"]: one for one in listed}
    assert by_name["limit"]["schema"]["maximum"] == 200
    assert by_name["Duffel-Version"]["schema"]["enum"] == ["v1", "v2"]
    assert by_name["Duffel-Version"]["required"]
    assert "Idempotency-Key" not in by_name
    made = document["paths"]["/air/things"]["post"]
    assert "Idempotency-Key" in {one["name"] for one in made["parameters"]}
    assert made["requestBody"]["content"]["application/json"]["schema"]["required"] == ["data"]
    assert set(made["responses"]) >= {"201", "400", "401", "403", "413", "415", "422", "429", "503"}


def test_answers_are_described_as_they_are_sent(document: Any) -> None:
    def schema(path: str, method: str, status: str = "200") -> Any:
        answers = document["paths"][path][method]["responses"]
        return answers[status]["content"]["application/json"]["schema"]

    assert schema("/air/things", "get")["required"] == ["data", "meta"]
    assert schema("/air/things/{id}", "delete") == {"type": "object", "maxProperties": 0}
    assert schema("/v2/things/{id}", "get", "404")["$ref"].endswith("AmadeusErrors")
    assert schema("/air/things", "get", "404")["$ref"].endswith("ErrorBody")
    assert schema("/api/flights/thing/{id}", "get", "404")["$ref"].endswith("ProblemBody")
    assert len(schema("/v1/security/oauth2/token", "post", "401")["anyOf"]) == 2


def test_a_body_of_no_declared_type_is_bytes() -> None:
    feeds = replace(
        GRANT_TOKEN, path="/feeds", body=None, media_type="application/octet-stream", problems=()
    )
    described = json.loads(openapi([feeds]))["paths"]["/feeds"]["post"]["requestBody"]
    schema = described["content"]["application/octet-stream"]["schema"]
    assert schema == {"type": "string", "format": "binary"}


def test_what_needs_a_token_says_so(document: Any) -> None:
    assert document["paths"]["/air/things"]["post"]["security"] == [{"token": []}]
    grant = document["paths"]["/v1/security/oauth2/token"]["post"]
    assert "security" not in grant
    assert list(grant["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [ref for value in node.values() for ref in references(value)]
        return (
            [ref for value in node for ref in references(value)] if isinstance(node, list) else []
        )

    for reference in references(document):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_who_looks_is_told_by_a_header_where_it_matters() -> None:
    asked = replace(GRANT_TOKEN, public=False, knows_viewer=True)
    document = json.loads(openapi([asked]))
    listed = document["paths"][asked.path]["post"]["parameters"]
    by_name = {one["name"]: one for one in listed}
    assert by_name["X-Viewer"]["in"] == "header"
    assert by_name["X-Viewer"]["schema"]["maxLength"] == 128
    assert by_name["holdfast_viewer"]["in"] == "cookie"
    assert not by_name["X-Viewer"]["required"]
