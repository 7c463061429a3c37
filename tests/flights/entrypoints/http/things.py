"""Operations on things, the simplest there are: what the tests of the ground ask."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from holdfast.flights.entrypoints.http.operation import Call, Encoded, Operation, Page
from holdfast.flights.entrypoints.http.parameters import flag, identifier, repeated, text, whole


class Thing(Struct, frozen=True):
    """A thing."""

    id: str
    size: int


class NewThing(Struct, frozen=True):
    """What is needed of a new thing."""

    name: Annotated[str, Meta(min_length=1, max_length=20)]
    sizes: Annotated[list[int], Meta(max_length=9)]


class Things:
    """Handlers that remember what they were asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def one(self, call: Call) -> Thing:
        self.calls.append(call)
        if self.error:
            raise self.error
        return Thing(call.path_id(prefix="thi_"), 1)

    async def many(self, call: Call) -> Page[Thing]:
        self.calls.append(call)
        wish = call.page()
        first = int(wish.after or 0)
        things = [Thing(f"thi_{n}", n) for n in range(first, min(first + wish.limit, 100))]
        last = first + len(things)
        return Page(things, str(first) if first else None, str(last) if last < 100 else None)

    async def make(self, call: Call) -> Thing:
        self.calls.append(call)
        await self.gate.wait()
        if self.error:
            raise self.error
        return Thing(f"thi_{len(self.calls)}", sum(call.body.sizes))

    async def drop(self, call: Call) -> None:
        self.calls.append(call)

    async def ready_made(self, _: Call) -> Encoded:
        return Encoded(b'{"data":[]}', 203, ((b"x-made", b"before"),))

    async def slow(self, _: Call) -> Thing:
        await asyncio.Event().wait()
        raise AssertionError

    def operations(self) -> Sequence[Operation]:
        return (
            Operation("GET", "/air/things/{id}", "A thing", self.one, Thing),
            Operation(
                "GET",
                "/air/things",
                "Things",
                self.many,
                Thing,
                paged=True,
                parameters=(
                    flag("big"),
                    identifier("owner_id"),
                    repeated(text("name[]", 20), 3),
                    whole("size", 0, 9),
                ),
            ),
            Operation(
                "POST",
                "/air/things",
                "Make a thing",
                self.make,
                Thing,
                body=NewThing,
                scope="book",
                status=201,
                max_body_bytes=1000,
            ),
            Operation("DELETE", "/air/things/{id}", "Drop it", self.drop, type(None), scope="book"),
            Operation("GET", "/air/ready_made", "Bytes", self.ready_made, list[Thing]),
            Operation("GET", "/air/slow", "Never", self.slow, Thing, answer_s=0.01),
            Operation(
                "GET", "/api/flights/thing/{id}", "Native", self.one, Thing, dialect="native"
            ),
            Operation("GET", "/v2/things/{id}", "As Amadeus", self.one, Thing, dialect="amadeus"),
        )


def body(name: str = "a", *sizes: object) -> bytes:
    """A body that makes a thing."""
    return msgspec.json.encode({"data": {"name": name, "sizes": list(sizes)}})
