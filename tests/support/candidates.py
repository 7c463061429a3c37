"""Members as policies see them, made of facts a test chooses."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from holdfast.platform.membership.wire import Load


@dataclass(slots=True)
class Somebody:
    """A candidate of plain values."""

    node: str
    in_flight: int = 0
    load: Load = field(default_factory=Load)
    told_of: int = 0
    told_at: float = 0.0
    weight: float = 1.0
    answers_in_s: float | None = None

    def latency_s(self, _now: float) -> float | None:
        return self.answers_in_s


def crowd(count: int) -> list[Somebody]:
    """So many idle members that are all alike."""
    return [Somebody(f"n{number}") for number in range(count)]


def dice_of(*rolls: float) -> Iterator[float]:
    """Dice that fall as told; `.__next__` rolls them."""
    return iter(rolls)
