"""The network between a process and the store: calls take their time, and may be lost on the way.

Each method of what is behind the door runs at one moment, as a transaction does; before and after
it others may come first. A process that is killed at the door has asked or has not, and never
hears.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Heard = Callable[[str, tuple[Any, ...], dict[str, Any], object], None]
"""Is told each call that was done, at that moment: name, arguments, outcome."""


class Door:
    """Stands for `inner`, whatever its methods are."""

    def __init__(
        self, inner: object, pause: Callable[[], Awaitable[None]], heard: Heard | None = None
    ) -> None:
        self._inner = inner
        self._pause = pause
        self._heard = heard

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._inner, name)

        async def call(*args: Any, **options: Any) -> Any:
            await self._pause()
            outcome = await method(*args, **options)
            if self._heard is not None:
                self._heard(name, args, options, outcome)
            await self._pause()
            return outcome

        setattr(self, name, call)
        return call
