"""The OpenAPI page, generated from the operations' declarations and their types: never by hand."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from holdfast import __version__
from holdfast.flights.entrypoints.http.envelopes import JSON, AmadeusErrors, ErrorBody, PageMeta
from holdfast.flights.entrypoints.http.idempotency import KEY_HEADER, MAX_KEY_CHARS
from holdfast.flights.entrypoints.http.negotiation import VERSION_HEADER, VERSIONS
from holdfast.flights.entrypoints.http.operation import Dialect, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import Parameter
from holdfast.flights.entrypoints.http.viewers import (
    COOKIE,
    MAX_VIEWER_CHARS,
    VIEWER_HEADER,
    VIEWER_PATTERN,
)
from holdfast.flights.wire.status_shapes import ProblemBody

Json = dict[str, Any]
_REF = "#/components/schemas/{name}"
_MEANINGS = {
    400: "The request cannot be understood",
    401: "Nobody known calls",
    403: "The token is not for this",
    404: "There is no such thing",
    406: "The client accepts no JSON",
    408: "The body did not come in time",
    413: "The body is too long",
    415: "The body is of another type",
    422: "What was asked does not fit, or things stand otherwise",
    429: "Too many requests",
    500: "The server failed",
    502: "Another process did not end its answer",
    503: "The service cannot answer just now",
}
_ERRORS: dict[Dialect, Any] = {
    "duffel": ErrorBody,
    "amadeus": AmadeusErrors,
    "native": ProblemBody,
}
"""The shape of errors of each dialect, unless an operation has one of its own."""
_HEADERS = {
    "x-request-id": "Names this request in errors and logs.",
    "ratelimit-limit": "Requests of a window.",
    "ratelimit-remaining": "How many of them are left.",
    "ratelimit-reset": "When the next window begins (RFC 1123).",
}
_VERSION: Json = {
    "name": VERSION_HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "enum": list(VERSIONS)},
}
_KEY: Json = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "The call has one effect; its answer is kept for a day and sent again.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_KEY_CHARS,
        "pattern": "^[!-~]+$",
    },
}
_VIEWER: Json = {
    "name": VIEWER_HEADER,
    "in": "header",
    "required": False,
    "description": "Who looks: prices shown to him do not rise for an hour. A person or session of "
    "your own naming; without it the cookie that the answer sets, and without that the token.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_VIEWER_CHARS,
        "pattern": VIEWER_PATTERN,
    },
}
_VIEWER_COOKIE: Json = {
    "name": COOKIE,
    "in": "cookie",
    "required": False,
    "description": "As an answer set it; any other value is passed over.",
    "schema": {"type": "string"},
}
DESCRIPTION = Operation(
    "GET",
    "/openapi.json",
    "This document",
    elsewhere,
    dict[str, Any],
    public=True,
    envelope=False,
    dialect="native",
)
"""The operation that serves the document; the document does not describe it."""


def openapi(operations: Sequence[Operation], version: str = __version__) -> bytes:
    """The document as JSON."""
    types = _Types(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        path = paths.setdefault(operation.path, {})
        path[operation.method.lower()] = _described(operation, types)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Holdfast flights", "version": version},
        "paths": paths,
        "components": {
            "schemas": types.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "headers": {
                name: {"description": about, "schema": {"type": "string"}}
                for name, about in _HEADERS.items()
            },
        },
    }
    return msgspec.json.encode(document)


class _Types:
    """The schemas of all declared types, by type."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        wanted: list[Any] = [*_ERRORS.values(), PageMeta]
        for operation in operations:
            wanted.append(operation.answer)
            if operation.body is not None:
                wanted.append(operation.body)
            wanted.extend(shape for _, shape in operation.problems)
        self._types = wanted
        self._schemas, self.components = msgspec.json.schema_components(wanted, ref_template=_REF)

    def of(self, declared: Any) -> Json:
        """The schema of a declared type."""
        found: Json = self._schemas[self._types.index(declared)]
        return found


def _described(operation: Operation, types: _Types) -> Json:
    described: Json = {
        "summary": operation.summary,
        "operationId": operation_id(operation),
        "parameters": _parameters(operation),
        "responses": _responses(operation, types),
    }
    if operation.tag:
        described["tags"] = [operation.tag]
    if not operation.public:
        described["security"] = [{"token": []}]
        described["x-scope"] = operation.scope
    if operation.body is not None or operation.raw_body:
        described["requestBody"] = _request_body(operation, types)
    return described


def _parameters(operation: Operation) -> list[Json]:
    described = [_parameter(one) for one in (*operation.path_parameters, *operation.query)]
    if operation.dialect == "duffel":
        described.append(_VERSION)
    if operation.writes and not operation.public:
        described.append(_KEY)
    if operation.knows_viewer:
        described += [_VIEWER, _VIEWER_COOKIE]
    return described


def _parameter(parameter: Parameter) -> Json:
    described: Json = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "schema": parameter.schema,
    }
    if parameter.about:
        described["description"] = parameter.about
    return described


def _request_body(operation: Operation, types: _Types) -> Json:
    if operation.body is None:
        schema: Json = {"type": "string", "format": "binary"}
    else:
        schema = types.of(operation.body)
        if operation.envelope and not operation.raw_body:
            schema = _object({"data": schema}, ["data"])
    content = {operation.media_type: {"schema": schema}}
    return {"required": not operation.body_is_optional, "content": content}


def _responses(operation: Operation, types: _Types) -> Json:
    success = _response("Done", _success(operation, types), counted=operation.limited)
    usual = _ERRORS[operation.dialect]
    error = types.of(usual)
    described = {str(operation.status): success}
    for status in statuses(operation):
        problems = [shape for at, shape in operation.problems if at == status]
        own = [types.of(shape) for shape in problems if shape is not usual]
        schema = {"anyOf": [error, *own]} if own else error
        described[str(status)] = _response(_MEANINGS[status], schema)
    return described


def _success(operation: Operation, types: _Types) -> Json:
    if operation.answer is type(None):
        return {"type": "object", "maxProperties": 0}
    schema = types.of(operation.answer)
    if operation.paged:
        items = {"type": "array", "items": schema}
        return _object({"data": items, "meta": types.of(PageMeta)}, ["data", "meta"])
    return _object({"data": schema}, ["data"]) if operation.envelope else schema


def _response(meaning: str, schema: Json, *, counted: bool = True) -> Json:
    names = _HEADERS if counted else ("x-request-id",)
    return {
        "description": meaning,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {JSON: {"schema": schema}},
    }


def statuses(operation: Operation) -> list[int]:
    """The statuses of errors that an operation may answer with."""
    possible = {400, 404, 406, 422, 429, 500, 502, 503}
    if not operation.public:
        possible |= {401, 403}
    if operation.writes:
        possible |= {408, 413, 415}
    return sorted(possible | {status for status, _ in operation.problems})


def operation_id(operation: Operation) -> str:
    """A name made of method and path: `post_air_orders`, `get_air_offers_by_id`."""
    words = re.sub(r"\{(\w+)\}", r"by_\1", operation.path)
    return "_".join([operation.method.lower(), *re.findall(r"[A-Za-z0-9_]+", words)])


def _object(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": properties, "required": required}
