"""A small checker of JSON against the part of JSON Schema that OpenAPI pages here use.

It is strict: a keyword it does not know is an error, so that no promise goes unchecked.
"""

import re
from collections.abc import Mapping
from typing import Any

_ANNOTATIONS = {"title", "description", "default", "format", "$ref", "type", "anyOf", "enum"}
_CHECKED = {
    "properties",
    "required",
    "items",
    "minimum",
    "maximum",
    "pattern",
    "minItems",
    "maxItems",
    "additionalProperties",
    "contentEncoding",
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def check(value: Any, schema: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """Raise AssertionError, naming the place, when `value` is not as `schema` promises."""
    _check(value, schema, document, "$")


def _check(value: Any, schema: Mapping[str, Any], document: Mapping[str, Any], at: str) -> None:
    unknown = set(schema) - _ANNOTATIONS - _CHECKED
    assert not unknown, f"{at}: keywords {unknown}"
    if reference := schema.get("$ref"):
        name = str(reference).rpartition("/")[2]
        _check(value, document["components"]["schemas"][name], document, at)
        return
    if choices := schema.get("anyOf"):
        assert any(_fits(value, choice, document) for choice in choices), f"{at}: {value!r}"
        return
    if "enum" in schema:
        assert value in schema["enum"], f"{at}: {value!r} is none of {schema['enum']}"
    if kind := schema.get("type"):
        assert _is(value, kind), f"{at}: {value!r} is no {kind}"
    if isinstance(value, dict):
        _check_object(value, schema, document, at)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _check(item, schema.get("items", {}), document, f"{at}[{number}]")
    elif isinstance(value, str) and "pattern" in schema:
        assert re.search(schema["pattern"], value), f"{at}: {value!r}"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value), at


def _check_object(
    value: dict[str, Any], schema: Mapping[str, Any], document: Mapping[str, Any], at: str
) -> None:
    properties = schema.get("properties")
    assert set(schema.get("required", ())) <= set(value), f"{at}: fields are missing"
    if properties is None:
        return
    assert set(value) <= set(properties), f"{at}: {set(value) - set(properties)} is not promised"
    for name, item in value.items():
        _check(item, properties[name], document, f"{at}.{name}")


def _fits(value: Any, schema: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    try:
        _check(value, schema, document, "$")
    except AssertionError:
        return False
    return True


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])
