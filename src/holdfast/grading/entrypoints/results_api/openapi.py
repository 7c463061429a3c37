"""The OpenAPI page, generated from the endpoints' declarations and their types: never by hand."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from holdfast.grading.entrypoints.results_api.access import Role
from holdfast.grading.entrypoints.results_api.endpoints import Endpoint
from holdfast.grading.entrypoints.results_api.problems import ErrorBody

_REF = "#/components/schemas/{name}"
_MEANINGS = {
    400: "What was sent does not fit",
    401: "A token is missing or wrong",
    403: "The token is not the right one",
    404: "There is no such thing",
    409: "The course's settings do not offer this",
    413: "The body is too long",
    500: "The server failed",
    503: "The database is away; try again",
}


def openapi(endpoints: Sequence[Endpoint], version: str) -> bytes:
    """The document as JSON."""
    types = [endpoint.answer for endpoint in endpoints]
    bodies = [
        endpoint.body.type for endpoint in endpoints if endpoint.body and _is_json(endpoint.body)
    ]
    schemas, components = msgspec.json.schema_components(
        [*types, *bodies, ErrorBody], ref_template=_REF
    )
    answers = schemas[: len(types)]
    by_body = dict(zip(bodies, schemas[len(types) : -1], strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint, answer in zip(endpoints, answers, strict=True):
        path = paths.setdefault(endpoint.path, {})
        path[endpoint.method.lower()] = _operation(endpoint, answer, by_body, schemas[-1])
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Holdfast grading results", "version": version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.encode(document)


def _is_json(body: Any) -> bool:
    return bool(body.media_type == "application/json")


def _operation(
    endpoint: Endpoint, answer: dict[str, Any], by_body: dict[Any, Any], error: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "parameters": [
            {
                "name": parameter.name,
                "in": parameter.kind,
                "required": parameter.kind == "path",
                "description": parameter.about,
                "schema": parameter.schema,
            }
            for parameter in endpoint.parameters
        ],
        "responses": {"200": _response("Done", endpoint.media_type, answer)}
        | {
            str(status): _response(_MEANINGS[status], "application/json", error)
            for status in _statuses(endpoint)
        },
    }
    if endpoint.role is not Role.PUBLIC:
        operation["security"] = [{"token": []}]
        operation["x-role"] = endpoint.role.name.lower()
    if endpoint.body:
        schema = by_body.get(endpoint.body.type) or {"type": "string"}
        content = {endpoint.body.media_type: {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _statuses(endpoint: Endpoint) -> list[int]:
    common = {500, 503} | (set() if endpoint.role is Role.PUBLIC else {401})
    return sorted(common | set(endpoint.problems))


def _response(meaning: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": meaning, "content": {media_type: {"schema": schema}}}


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"[a-z]+", endpoint.path.replace("api/grading", ""))
    return "_".join([endpoint.method.lower(), *words])
