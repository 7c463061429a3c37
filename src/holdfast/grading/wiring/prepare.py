"""The law of the first start: the schema is brought up to date, and a class is there to be graded.

Runs once in `holdfast up`, before any process of grading starts. A roster file is imported on every
start, all of it or nothing; without one, an empty course gets the demo roster, named after stars.
"""

import asyncio
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.service.import_roster import (
    MAX_ROSTER_BYTES,
    BadRoster,
    import_roster,
    parse_roster,
)
from holdfast.grading.service.ports import Results
from holdfast.grading.wiring.settings import GradingSettings
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.given_file import read_given

DEMO_NAMES = (
    "Achernar",
    "Aldebaran",
    "Altair",
    "Antares",
    "Arcturus",
    "Bellatrix",
    "Betelgeuse",
    "Canopus",
    "Capella",
    "Castor",
    "Deneb",
    "Fomalhaut",
    "Mimosa",
    "Mira",
    "Polaris",
    "Pollux",
    "Procyon",
    "Regulus",
    "Rigel",
    "Shaula",
    "Sirius",
    "Spica",
    "Vega",
    "Zaurak",
)
EXAMPLE_USER = User(UserId(1234), "Alcyone")
"""The id that the protocol's own examples use."""
FAULTS_SHOWN = 5


def check(effective: Effective) -> None:
    """`Mistake` when the roster file is not right; looked at before anything is started."""
    _read_roster(effective.section(GradingSettings))


def prepare(effective: Effective) -> None:
    """Migrate the schema and load the roster."""
    roster = _read_roster(effective.section(GradingSettings))
    asyncio.run(_prepare(effective, roster))


def demo_roster() -> list[User]:
    """The students of a course that nobody has set up yet."""
    return [
        *(User(UserId(number), name) for number, name in enumerate(DEMO_NAMES, start=1)),
        EXAMPLE_USER,
    ]


async def _prepare(effective: Effective, roster: bytes | None) -> None:
    from holdfast.grading.wiring.store import opened_store

    async with opened_store(effective) as (_, store):
        if roster is not None:
            await import_roster(store.results, roster)
        elif effective.section(GradingSettings).demo:
            await _load_demo(store.results)


async def _load_demo(results: Results) -> None:
    if not await results.users():
        await results.import_roster(demo_roster())


def _read_roster(settings: GradingSettings) -> bytes | None:
    """The bytes of a good roster file, None if there is to be none."""
    if not settings.roster:
        return None
    path = Path(settings.roster)
    raw = read_given(path, MAX_ROSTER_BYTES, f"The roster {path}")
    parsed = parse_roster(raw)
    if isinstance(parsed, BadRoster):
        shown = "; ".join(f"line {f.line}: {f.fault}" for f in parsed.faults[:FAULTS_SHOWN])
        more = len(parsed.faults) - FAULTS_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        raise Mistake(f"Nothing was imported from the roster {path}: {shown}{rest}.")
    return raw
