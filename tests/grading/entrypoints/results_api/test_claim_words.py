"""The claim page speaks the reader's language."""

from starlette.requests import Request

from holdfast.grading.entrypoints.results_api.claim_words import words_in


def request(language: str) -> Request:
    headers = [(b"accept-language", language.encode())]
    return Request({"type": "http", "method": "GET", "path": "/claim", "headers": headers})


def test_the_words_are_those_of_the_readers_language() -> None:
    assert words_in(request("de-AT"))("title") == "Nummer beanspruchen"
    assert words_in(request("fr"))("title") == "Claim your id"


def test_values_stand_in_their_places_as_they_are() -> None:
    says = words_in(request("en"))
    assert (
        says("bad address", address="{uid}")
        == "“{uid}” is not an address; one looks like 192.0.2.7."
    )
