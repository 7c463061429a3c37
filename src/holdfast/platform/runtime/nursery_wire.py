"""The law of the words between a supervisor and its nursery: one JSON object a message, bounded.

First the supervisor says what to import, then the nursery that it is ready; after that each order
is answered before the next one comes. With an order go descriptors: the child's output, the pipe on
which it is told to go on, and its inherited pipes. No asyncio here: the nursery has no event loop.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_MESSAGE_BYTES = 128 << 10
"""An order holds an environment, usually 5 kB; what is larger is started without a nursery."""
MAX_PIPES = 6
FIXED_DESCRIPTORS = 2
"""The output, and the word to go on."""
MAX_DESCRIPTORS = FIXED_DESCRIPTORS + MAX_PIPES
GO = b"+"
"""A child waits for this byte before it does anything, so none runs that nobody watches."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as it travels: `pipes` are the variables of the inherited descriptors."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    pipes: tuple[str, ...]

    def message(self) -> bytes:
        """The message; `ValueError` when it would be too large."""
        said = {"argv": self.argv, "environment": dict(self.environment), "pipes": self.pipes}
        return _bounded(said)

    @classmethod
    def parse(cls, message: bytes, descriptors: int) -> "Wanted":
        """The order in a message that came with so many descriptors; `ValueError` for junk."""
        said = _object(message)
        argv, pipes = _texts(said, "argv"), _texts(said, "pipes")
        environment = said.get("environment")
        if not isinstance(environment, dict) or not all(
            isinstance(text, str) and name and "=" not in name and "\0" not in name + text
            for name, text in environment.items()
        ):
            raise ValueError("its environment is none")
        if not argv or any("\0" in word for word in argv):
            raise ValueError("its command line is none")
        if descriptors != FIXED_DESCRIPTORS + len(pipes):
            raise ValueError(f"{descriptors} descriptors came with it")
        return cls(argv, environment, pipes)


def modules_message(modules: Sequence[str]) -> bytes:
    """What to import; `ValueError` when it would be too large."""
    return _bounded({"modules": list(modules)})


def parse_modules(message: bytes) -> tuple[str, ...]:
    """What to import; `ValueError` for junk."""
    return _texts(_object(message), "modules")


def ready_message() -> bytes:
    """The nursery takes orders."""
    return _bounded({"ready": True})


def is_ready(message: bytes) -> bool:
    """Whether the nursery says that it takes orders."""
    return message == ready_message()


def born_message(pid: int) -> bytes:
    """The child is there, waiting for the word to go on."""
    return _bounded({"pid": pid})


def refused_message(why: str) -> bytes:
    """There is no child."""
    return _bounded({"refused": why[:1000]})


def parse_answer(message: bytes) -> int:
    """The child's process id; `ValueError` says why there is none."""
    match _object(message):
        case {"pid": int(pid)} if pid > 1:
            return pid
        case {"refused": str(why)}:
            raise ValueError(why)
        case _:
            raise ValueError("the nursery's answer is none")


def _bounded(said: Mapping[str, object]) -> bytes:
    message = json.dumps(said).encode()
    if len(message) > MAX_MESSAGE_BYTES:
        raise ValueError(f"{len(message)} bytes are too many for a nursery")
    return message


def _object(message: bytes) -> dict[str, object]:
    if len(message) > MAX_MESSAGE_BYTES:
        raise ValueError("it is too large")
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    match said:
        case dict():
            return said
        case _:
            raise ValueError("it is no object")


def _texts(said: Mapping[str, object], name: str) -> tuple[str, ...]:
    match said.get(name):
        case [*texts] if all(isinstance(text, str) for text in texts):
            return tuple(str(text) for text in texts)
        case _:
            raise ValueError(f"its {name} are none")
