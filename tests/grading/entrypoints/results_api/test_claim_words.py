"""The claim page speaks the reader's language."""

from starlette.requests import Request

from holdfast.grading.entrypoints.results_api import claim_words
from holdfast.grading.entrypoints.results_api.claim_words import words_in
from tests.support.german import familiar_in


def request(language: str) -> Request:
    headers = [(b"accept-language", language.encode())]
    scope = {"type": "http", "method": "GET", "path": "/claim", "headers": headers}
    return Request({**scope, "query_string": b""})


def test_the_words_are_those_of_the_readers_language() -> None:
    assert words_in(request("de-AT"))("title") == "Nummer beanspruchen"
    assert words_in(request("fr"))("title") == "Claim your id"


def test_german_says_sie() -> None:
    assert [one for _, one in claim_words._WORDS.values() if familiar_in(one)] == []


def test_values_stand_in_their_places_as_they_are() -> None:
    says = words_in(request("en"))
    assert (
        says("bad address", address="{uid}")
        == "“{uid}” is not an address; one looks like 192.0.2.7."
    )
