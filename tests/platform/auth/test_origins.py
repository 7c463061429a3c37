"""What another site's page sends is told from what ours sends."""

import pytest

from holdfast.platform.auth.origins import is_forged, local_target

HOST = {"host": "grading.example:8000"}


@pytest.mark.parametrize(
    ("headers", "forged"),
    [
        ({}, False),
        ({"origin": "http://grading.example:8000"}, False),
        ({"origin": "http://evil.test"}, True),
        ({"origin": "http://GRADING.example:8000"}, False),
        ({"origin": "http://evil.test@grading.example:8000"}, True),
        ({"origin": "http://grading.example:8000.evil.test"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
        ({"origin": "null", "host": ""}, True),
        ({"origin": "http://["}, True),
        ({"origin": "https://[x]:1"}, True),
        ({"origin": "http://grading.example"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://grading.example:8000"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://other.grading.example"}, True),
    ],
)
def test_a_forged_request_is_known_by_what_browsers_say(
    headers: dict[str, str], forged: bool
) -> None:
    assert is_forged("POST", {**HOST, **headers}) is forged
    assert is_forged("DELETE", {**HOST, **headers}) is forged
    assert not is_forged("GET", {**HOST, **headers})


@pytest.mark.parametrize(
    "target", ["https://evil.test", "//evil.test", "/\\evil", "", "x", "/a\r\nb", "/" + "a" * 3000]
)
def test_the_way_on_leads_nowhere_else(target: str) -> None:
    assert local_target(target) == "/"


def test_the_way_on_stays_as_it_is_on_this_site() -> None:
    assert local_target("/students/7?before=1") == "/students/7?before=1"
