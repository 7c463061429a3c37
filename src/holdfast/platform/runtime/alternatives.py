"""PURE. Several addresses of one service: the one that last answered is asked first.

A setting names them, the nearest first: `http://192.0.2.1:8000,http://192.0.2.2:8000`. Whoever
asks tells when one failed; the next is asked then, and stays, for a balancer that died is not tried
again by every request.
"""


class Alternatives:
    """The addresses of a service, in a circle."""

    __slots__ = ("_names", "_place")

    def __init__(self, *names: str) -> None:
        """At least one name."""
        assert names, "a service has an address"
        self._names = names
        self._place = 0

    @property
    def now(self) -> str:
        """The one to ask."""
        return self._names[self._place]

    @property
    def all(self) -> tuple[str, ...]:
        """Every one, the nearest first."""
        return self._names

    def failed(self, name: str) -> None:
        """It did not answer. Late news of one that is not asked any more change nothing."""
        if name == self.now:
            self._place = (self._place + 1) % len(self._names)


def addresses(text: str) -> tuple[str, ...]:
    """The addresses that a setting names, without slashes at their ends; none of an empty text."""
    parts = (part.strip().rstrip("/") for part in text.split(","))
    return tuple(part for part in parts if part)
