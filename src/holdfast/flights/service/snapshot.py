"""What is flown and sold, in this process: a snapshot for readers, renewed behind their backs.

Versions are stamped: an airline is loaded again only when its stamp changed, all of it or nothing
(it is loaded again when it changed meanwhile). When many changed, those that are loaded are swapped
in every `SLICE_S`, so that nobody waits for the last one. Readers take `current` and keep it while
they work. A hint makes it look at once; without hints it looks every `poll_s`. When the store
fails, the snapshot stays and gets old: `age_s` tells.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from holdfast.errors import HoldfastError
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.domain.sales import Sales, SalesPart
from holdfast.flights.domain.timetable import Part, Timetable
from holdfast.flights.service.ports.catalogue import Catalogue, PublishedTier, Subject
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log

_log = Log("flights.snapshot")
POLL_S = 1.0
"""Between two looks at the versions: how old a snapshot may be without hints (G4)."""
LOAD_TRIES = 3
"""An airline that changes while it is loaded is loaded so often; then it waits for a look."""
SLICE_S = 0.3
"""Airlines that are loaded wait for others at most so long until they are seen."""
_SUBJECTS: tuple[Subject, ...] = ("schedule", "fares")
Versions = Mapping[tuple[str, Subject], int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All airlines at some versions; of each airline, everything is of one moment."""

    timetable: Timetable = field(default_factory=Timetable)
    sales: Sales = field(default_factory=Sales)
    tiers: Mapping[str, tuple[PublishedTier, ...]] = field(default_factory=dict)
    versions: Versions = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What changed of one airline; None: this subject did not."""

    airline: str
    part: Part | None
    sales: SalesPart | None
    tiers: tuple[PublishedTier, ...]


class Snapshots:
    """`run` renews until it is cancelled; `refresh` once."""

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock,
        poll_s: float = POLL_S,
        *,
        rule: PriceRule = RULE,
    ) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._poll_s = poll_s
        self._rule = rule
        self._current = Snapshot()
        self._seen_at: float | None = None
        self._lock = asyncio.Lock()
        self._hinted = asyncio.Event()

    @property
    def current(self) -> Snapshot:
        """The newest snapshot; empty until the first `refresh` is through."""
        return self._current

    @property
    def is_ready(self) -> bool:
        """Whether everything was loaded once."""
        return self._seen_at is not None

    @property
    def age_s(self) -> float | None:
        """Seconds since the store was last seen to have nothing newer; None: never."""
        return None if self._seen_at is None else self._clock.monotonic() - self._seen_at

    def hint(self) -> None:
        """Something changed: look now rather than at the next poll."""
        self._hinted.set()

    async def run(self) -> None:
        """Renew for ever; failures of the store are logged and tried again."""
        while True:
            self._hinted.clear()
            try:
                await self.refresh()
            except HoldfastError as error:
                _log.warning("snapshot_not_renewed", error=str(error), age_s=self.age_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._hinted.wait()

    async def refresh(self) -> Snapshot:
        """Look at the versions and load what changed. One at a time: who comes meanwhile waits."""
        async with self._lock:
            seen_at = self._clock.monotonic()
            versions = await self._catalogue.versions()
            complete = True
            for _ in range(LOAD_TRIES):
                changed = _changed(self._current.versions, versions)
                if not changed:
                    break
                versions = await self._renew(changed, versions)
            else:
                complete = not _changed(self._current.versions, versions)
            if complete:
                self._seen_at = seen_at
            return self._current

    async def _renew(
        self, changed: Mapping[str, frozenset[Subject]], versions: Versions
    ) -> Versions:
        """Load what changed, in slices; `versions` before, and afterwards."""
        loaded: list[_Loaded] = []
        since = self._clock.monotonic()
        for place, (airline, subjects) in enumerate(changed.items(), 1):
            loaded.append(await self._load(airline, subjects))
            if place == len(changed) or self._clock.monotonic() - since >= SLICE_S:
                after = await self._catalogue.versions()
                self._swap(loaded, versions, after, changed)
                loaded, versions, since = [], after, self._clock.monotonic()
        return versions

    async def _load(self, airline: str, subjects: frozenset[Subject]) -> _Loaded:
        part, sales, tiers = None, None, self._current.tiers.get(airline, ())
        if "schedule" in subjects:
            patterns = await self._catalogue.schedule(airline)
            part = await asyncio.to_thread(Part.build, airline, patterns)
        if "fares" in subjects:
            fares = await self._catalogue.fares(airline)
            limits = await self._catalogue.limits(airline)
            exhausted = await self._catalogue.exhausted(airline)
            tiers = tuple(await self._catalogue.tiers(airline))
            sales = await asyncio.to_thread(
                SalesPart.build, airline, fares, limits, exhausted=exhausted, rule=self._rule
            )
        return _Loaded(airline, part, sales, tiers)

    def _swap(
        self,
        loaded: Iterable[_Loaded],
        before: Versions,
        after: Versions,
        changed: Mapping[str, frozenset[Subject]],
    ) -> None:
        """Take over the airlines that stood still while they were loaded."""
        still = [one for one in loaded if _of(before, one.airline) == _of(after, one.airline)]
        current = self._current
        versions = dict(current.versions)
        for one in still:
            for subject in changed[one.airline]:
                versions.pop((one.airline, subject), None)
                if (one.airline, subject) in before:
                    versions[one.airline, subject] = before[one.airline, subject]
        self._current = replace(
            current,
            timetable=current.timetable.with_parts(
                one.part for one in still if one.part is not None
            ),
            sales=current.sales.with_parts(one.sales for one in still if one.sales is not None),
            tiers={**current.tiers, **{one.airline: one.tiers for one in still}},
            versions=versions,
        )


def _of(versions: Versions, airline: str) -> tuple[int | None, ...]:
    return tuple(versions.get((airline, subject)) for subject in _SUBJECTS)


def _changed(ours: Versions, theirs: Versions) -> dict[str, frozenset[Subject]]:
    """The airlines and subjects whose stamps differ; one that is gone differs too."""
    found: dict[str, set[Subject]] = {}
    for airline, subject in {**ours, **theirs}:
        key = (airline, subject)
        if subject in _SUBJECTS and ours.get(key) != theirs.get(key):
            found.setdefault(airline, set()).add(subject)
    return {airline: frozenset(subjects) for airline, subjects in sorted(found.items())}
