"""The law of texts: moments, local times, durations, as clients of this API read them.

PURE. Moments always have six decimals of a second and `Z`: one client parses nothing else. Times at
airports have neither zone nor fraction.
"""

from datetime import UTC, datetime

MINUTES_A_DAY = 1440


class Unfit(ValueError):
    """A request that is well formed and wrong: which field, where in `data`, and what would do."""

    def __init__(self, field: str, pointer: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.pointer = pointer
        self.message = message


class Missing(Unfit):
    """A field that is needed here and absent."""

    def __init__(self, field: str, pointer: str) -> None:
        super().__init__(field, pointer, f"Field '{field}' is required.")


def moment(at: datetime) -> str:
    """`2026-11-26T12:00:00.250000Z`."""
    text = at.astimezone(UTC).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00") + "Z"


def moment_or_none(at: datetime | None) -> str | None:
    """The same, None for None."""
    return None if at is None else moment(at)


def local(at: datetime) -> str:
    """`2026-12-01T08:00:00`: local at the airport."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds")


def duration(minutes: int) -> str:
    """ISO 8601: `PT1H40M`, `P1DT2H`, `PT0M`."""
    days, rest = divmod(max(minutes, 0), MINUTES_A_DAY)
    hours, left = divmod(rest, 60)
    time = (f"{hours}H" if hours else "") + (f"{left}M" if left else "")
    if not days and not time:
        return "PT0M"
    return (f"P{days}D" if days else "P") + (f"T{time}" if time else "")
