"""The OpenAPI page tells the truth: real answers are as it promises, and nothing is left out."""

import re
from typing import Any

import httpx
import pytest

from holdfast import __version__
from holdfast.grading.domain.roster import User
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from tests.grading.store.contract import ANNA, BEN, closed, incident, opened
from tests.support.json_schema import check
from tests.support.results_site import ADMIN, SERVICE, Site, results_site

NOT_JSON = {"/api/grading/live", "/internal/grading/batch"}


@pytest.fixture
async def document(anyone: httpx.AsyncClient) -> dict[str, Any]:
    page: dict[str, Any] = (await anyone.get("/openapi.json")).json()
    return page


async def busy(site: Site) -> str:
    """Something of everything; the id of a closed attempt."""
    opening = opened(ANNA)
    await site.store.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
    await site.store.close_attempt(closed(opening, Verdict.FAIL))
    await site.store.open_attempt(opened(BEN))
    await site.store.report_incident(incident("kind", None))
    await site.store.report_incident(incident("kind", ANNA))
    return opening.id


def addresses(path: str, attempt: str) -> list[str]:
    """Real addresses for a path of the document: one that is there, one that is not."""
    good = {"uid": "1234", "number": "1", "id": attempt}
    bad = {"uid": "9", "number": "77", "id": "f" * 32}
    return [
        re.sub(r"\{(\w+)\}", lambda m, names=names: names[m.group(1)], path)
        for names in (good, bad)
    ]


async def test_every_get_answers_as_the_page_promises(document: dict[str, Any]) -> None:
    async with results_site(settings=ResultsSettings(identity="claimed")) as site:
        attempt = await busy(site)
        client = site.client(ADMIN)
        checked = 0
        for path, methods in document["paths"].items():
            if "get" not in methods or path in NOT_JSON:
                continue
            for address in addresses(path, attempt):
                answer = await client.get(address)
                promised = methods["get"]["responses"][str(answer.status_code)]
                schema = promised["content"]["application/json"]["schema"]
                check(answer.json(), schema, document)
                checked += 1
        assert checked >= 24


async def test_posts_answer_as_the_page_promises(document: dict[str, Any]) -> None:
    async with results_site(settings=ResultsSettings(identity="claimed")) as site:
        await busy(site)
        client = site.client(ADMIN)
        token = (await client.get("/api/grading/roster/tokens")).json()[-1]["token"]
        for path, sent, status in (
            ("/api/grading/roster", {"content": "5,Eve"}, 200),
            ("/api/grading/roster", {"content": "x,Eve"}, 400),
            ("/api/grading/claims", {"json": {"uid": 1234, "token": token}}, 200),
            ("/api/grading/claims", {"json": {"uid": 1234, "token": "x"}}, 403),
            ("/api/grading/claims", {"json": []}, 400),
        ):
            answer = await client.post(path, **sent)
            assert answer.status_code == status
            promised = document["paths"][path]["post"]["responses"][str(status)]
            schema = promised["content"]["application/json"]["schema"]
            check(answer.json(), schema, document)


async def test_refusals_are_as_promised(document: dict[str, Any]) -> None:
    async with results_site(is_open=False) as site:
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                answer = await site.client().request(method, addresses(path, "0" * 32)[0])
                assert (answer.status_code == 401) == ("401" in operation["responses"]), path
                if answer.status_code == 401:
                    schema = operation["responses"]["401"]["content"]["application/json"]["schema"]
                    check(answer.json(), schema, document)


async def test_every_json_address_is_on_the_page(site: Site, document: dict[str, Any]) -> None:
    there = {getattr(route, "path", "") for route in site.app.routes}
    assert there - set(document["paths"]) == {
        "/openapi.json",
        "/enter",
        "/enter/student",
        "/claim",
    }
    assert document["info"]["version"] == __version__


async def test_parameters_of_paths_are_declared(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert declared == set(re.findall(r"\{(\w+)\}", path)), path


async def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [o["operationId"] for methods in document["paths"].values() for o in methods.values()]
    assert len(names) == len(set(names))


async def test_the_nodes_door_wants_the_service_role(document: dict[str, Any]) -> None:
    batch = document["paths"]["/internal/grading/batch"]["post"]
    assert batch["x-role"] == "service"
    assert "application/msgpack" in batch["requestBody"]["content"]
    assert SERVICE not in str(document)
