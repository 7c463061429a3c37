"""The law of asking: one request, one answer; what is refused is told in one sentence.

What the API refuses is the caller's `Mistake`; that it is away or broken is not. A request that
writes carries a key, and is repeated with it when no answer came: it has one effect.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from holdfast.errors import HoldfastError, Mistake
from holdfast.flights.entrypoints.desk.words import plain

TIMEOUT_S = 30.0
TRIES = 2
"""A request without an answer is sent once more."""
Json = Any  # what the API answers; read field by field


@dataclass(frozen=True, slots=True)
class Api:
    """Where the API is, and the token to ask it with. `transport` stands in for the network."""

    url: str
    token: str
    transport: httpx.BaseTransport | None = None

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """The JSON of a GET."""
        return self._ask("GET", path, query=query)

    def data(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """The `data` of a GET."""
        return self.get(path, query)["data"]

    def post(
        self, path: str, data: Mapping[str, object], query: Mapping[str, str] | None = None
    ) -> Json:
        """The `data` of the answer to a POST of `data`."""
        return self._ask("POST", path, query=query, body={"data": data})["data"]

    def act(self, path: str) -> Json:
        """The answer to a POST without a body."""
        return self._ask("POST", path)

    def put(self, path: str, content: bytes, headers: Mapping[str, str]) -> Json:
        """The answer to a PUT of bytes."""
        return self._ask("PUT", path, content=content, headers=headers)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        headers = {
            "accept": "application/json",
            "duffel-version": "v2",
            "authorization": f"Bearer {self.token}",
            **(headers or {}),
        }
        if method == "POST":
            headers["idempotency-key"] = secrets.token_hex(16)
        with httpx.Client(
            base_url=self.url, timeout=TIMEOUT_S, transport=self.transport, trust_env=False
        ) as client:
            request = client.build_request(
                method, path, params=query, json=body, content=content, headers=headers
            )
            answer = self._sent(client, request)
        if answer.is_success:
            return _json_of(answer)
        raise self._refusal(answer)

    def _sent(self, client: httpx.Client, request: httpx.Request) -> httpx.Response:
        for last in range(1, TRIES + 1):
            try:
                return client.send(request)
            except httpx.HTTPError as error:
                if last == TRIES or isinstance(error, httpx.ConnectError):
                    why = str(error) or type(error).__name__
                    raise HoldfastError(
                        plain(f"The flights API at {self.url} does not answer: {why}.")
                    ) from None
        raise AssertionError("a try either returns or raises")

    def _refusal(self, answer: httpx.Response) -> HoldfastError:
        said = refusal_text(answer)
        if answer.status_code < 500 and answer.status_code != 429:
            return Mistake(plain(f"The flights API says: {said}"))
        return HoldfastError(plain(f"The flights API at {self.url} failed: {said}"))


def refusal_text(answer: httpx.Response) -> str:
    """What is wrong, in the API's words."""
    try:
        body = answer.json()
        if "error" in body:  # the native shape
            return f"{body['error']['what']}: {body['error']['fix']}."
        error = body["errors"][0]
        said = str(error.get("message") or error.get("detail") or error["title"])
        field = error.get("source")
        if isinstance(field, dict) and field.get("pointer"):
            said = f"{field['pointer']}: {said}"
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        said = f"status {answer.status_code}"
    return said if said.endswith(".") else f"{said}."


def _json_of(answer: httpx.Response) -> Json:
    try:
        return answer.json()
    except ValueError:
        raise HoldfastError("The flights API answered with something that is no JSON.") from None
