"""docs/reference/results-api.md names every address that the API has, and no other."""

import re

from tests.support.reference import REFERENCE, documented_paths
from tests.support.results_site import results_site

ADDRESS = re.compile(r"^\| `(GET|POST|PUT|PATCH|DELETE) (/[^`? ]*)[^`]*` \|", re.M)


async def test_the_page_names_exactly_the_addresses_of_the_api() -> None:
    async with results_site() as site:
        document = (await site.client().get("/openapi.json")).content
    page = (REFERENCE / "results-api.md").read_text(encoding="utf-8")
    named = {f"{method} {path}" for method, path in ADDRESS.findall(page)}
    assert named == documented_paths(document)
