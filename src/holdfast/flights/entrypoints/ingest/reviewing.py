"""The law of reviewing: how feeds stand, what was set aside, and what becomes of held files.

An airline sees its own feeds, whoever operates the system all of them; only operators decide.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holdfast.flights.domain.delivery import is_airline
from holdfast.flights.entrypoints.http.acts import Recording
from holdfast.flights.entrypoints.http.faults import insufficient_permissions, not_found
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import whole
from holdfast.flights.entrypoints.ingest.shapes import (
    DroppedShape,
    FeedShape,
    FeedsShape,
    HeldShape,
    OutcomeShape,
    QuarantinedShape,
    QuarantineShape,
    SourceShape,
)
from holdfast.flights.service.feed_health import feed_health
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.ports.feeds import FeedStore
from holdfast.platform.auth.audit import Act

APPROVE_S = 900.0
"""A held file is read and applied: as long as a push."""
_OPERATE = "operate"

FEEDS = Operation(
    "GET",
    "/api/flights/feeds",
    "How the feeds stand, and which files wait for approval",
    elsewhere,
    FeedsShape,
    scope="feeds",
    envelope=False,
    dialect="native",
    tag="feeds",
)
QUARANTINE = Operation(
    "GET",
    "/api/flights/feeds/{airline}/quarantine",
    "The newest records of an airline that were set aside",
    elsewhere,
    QuarantineShape,
    parameters=(whole("limit", 1, 1000, "Records at most.", default=200),),
    scope="feeds",
    envelope=False,
    dialect="native",
    tag="feeds",
)
APPROVE = Operation(
    "POST",
    "/api/flights/feeds/held/{id}/approve",
    "Apply a held file after all",
    elsewhere,
    OutcomeShape,
    scope="operate",
    envelope=False,
    dialect="native",
    answer_s=APPROVE_S,
    tag="feeds",
)
REFUSE = Operation(
    "POST",
    "/api/flights/feeds/held/{id}/refuse",
    "Drop a held file",
    elsewhere,
    DroppedShape,
    scope="operate",
    envelope=False,
    dialect="native",
    tag="feeds",
)


def _no_sources() -> Sequence[SourceShape]:
    return ()


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The handlers. `sources` tells how fetching stands."""

    ingest: Ingest
    store: FeedStore
    sources: Callable[[], Sequence[SourceShape]] = _no_sources
    recording: Recording | None = None

    async def feeds(self, call: Call) -> FeedsShape:
        """All that the caller may see."""
        airline = _visible(call)
        health = await feed_health(self.store, call.clock.wall(), airline)
        return FeedsShape(
            feeds=[FeedShape.of(one) for one in health],
            held=[HeldShape.of(held) for held in await self.store.held(airline)],
            sources=[one for one in self.sources() if airline in (None, one.airline)],
        )

    async def quarantine(self, call: Call) -> QuarantineShape:
        """What was set aside."""
        airline = call.path["airline"]
        if not is_airline(airline):
            raise not_found()
        if _visible(call) not in (None, airline):
            raise insufficient_permissions(f"feeds of {airline}")
        records = await self.store.quarantined(airline, call.whole("limit") or 1)
        return QuarantineShape([QuarantinedShape.of(record) for record in records])

    async def approve(self, call: Call) -> OutcomeShape:
        """Apply a held file."""
        id_ = _id(call)
        held = {one.id: one for one in await self.store.held()}.get(id_)
        outcome = None if held is None else await self.ingest.approve(id_, call.caller.owner)
        if held is None or outcome is None:
            raise not_found("No file with this id waits for approval.")
        done = OutcomeShape.of(held.delivery, outcome)
        what = f"{held.delivery.airline} {held.delivery.feed} {done.sequence}"
        await self._decided(call, id_, f"approved: {what}, {done.outcome}")
        return done

    async def refuse(self, call: Call) -> DroppedShape:
        """Drop a held file."""
        id_ = _id(call)
        if not await self.ingest.refuse(id_, call.caller.owner):
            raise not_found("No file with this id waits for approval.")
        await self._decided(call, id_, "refused")
        return DroppedShape(id_)

    async def _decided(self, call: Call, id_: int, how: str) -> None:
        if self.recording is not None:
            await self.recording.record(call, Act.FILE_DECIDED, f"file {id_}", how)

    def operations(self) -> Sequence[Operation]:
        """Their declarations, served."""
        return (
            FEEDS.by(self.feeds),
            QUARANTINE.by(self.quarantine),
            APPROVE.by(self.approve),
            REFUSE.by(self.refuse),
        )


def _visible(call: Call) -> str | None:
    """The one airline whose feeds the caller may see; None: all."""
    return None if _OPERATE in call.caller.scopes else call.caller.owner


def _id(call: Call) -> int:
    given = call.path["id"]
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise not_found("No file with this id waits for approval.")
    return int(given)
