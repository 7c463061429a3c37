"""The law of bodies: `{"data": ...}` becomes a value of the declared type, or a named fault.

PURE. Faults name the field and its JSON pointer inside `data`, read from the decoder's own words.
The NUL character is refused everywhere: no store can hold it, and no name has it.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, ValidationError

from holdfast.flights.entrypoints.http.faults import (
    ApiFault,
    invalid_data_param,
    invalid_field,
    malformed_data_param,
    missing_data_param,
    validation_required,
)

MAX_MESSAGE_CHARS = 300
"""Of the decoder's words, which may quote what came."""
_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_PLACE = re.compile(r" - at `(?:key in )?\$([^`]*)`\Z")
_STEP = re.compile(r"\.([^.\[\]]+)|\[([^\]]*)\]")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class _Enveloped(Struct):
    data: Raw | UnsetType = UNSET


_read_envelope = msgspec.json.Decoder(_Enveloped).decode


@dataclass(frozen=True, slots=True)
class BodyReader:
    """Reads bodies of one declared type; made once for each operation."""

    type: Any  # a type form
    envelope: bool = True
    optional: bool = False
    _decoder: "msgspec.json.Decoder[Any]" = field(init=False)

    def __post_init__(self) -> None:
        decoder = msgspec.json.Decoder(self.type, float_hook=None)
        object.__setattr__(self, "_decoder", decoder)

    def read(self, raw: bytes) -> object:
        """The value of a body; `ApiFault` says what does not fit."""
        if not raw:
            if self.optional:
                return None
            raise missing_data_param() if self.envelope else malformed_data_param()
        if b"\\u0000" in raw and _NUL.search(raw):
            raise malformed_data_param("The character U+0000 is not allowed.")
        try:
            if not self.envelope:
                return self._decoder.decode(raw)
            data = _read_envelope(raw).data
            if data is UNSET:
                raise missing_data_param()
            return self._decoder.decode(data)
        except ValidationError as error:
            raise fault_of_validation(str(error)) from None
        except (msgspec.DecodeError, RecursionError, ValueError):
            raise malformed_data_param() from None


def fault_of_validation(words: str) -> ApiFault:
    """The fault that the decoder's words tell: which field, where, and what is wrong with it."""
    found = _PLACE.search(words)
    steps = _steps(found.group(1) if found else "")
    message = words[: found.start()] if found else words
    missing = _MISSING.fullmatch(message)
    if missing:
        steps.append(missing.group(1))
        return validation_required(steps[-1], pointer_of(steps))
    if not steps:
        return invalid_data_param(f"{message[:MAX_MESSAGE_CHARS]}.")
    name = next((step for step in reversed(steps) if not step.isdigit()), steps[-1])
    return invalid_field(name, f"Field '{name}': {message[:MAX_MESSAGE_CHARS]}.", pointer_of(steps))


def pointer_of(steps: list[str]) -> str:
    """The JSON pointer (RFC 6901) of these steps."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _steps(path: str) -> list[str]:
    """The steps of a path such as `.slices[0].origin`; `[...]`, any key, is `*`."""
    found = _STEP.findall(path)
    return [name or ("*" if index == "..." else index) for name, index in found]
