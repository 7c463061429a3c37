"""Ports of webhooks: subscriptions, events and tries as they are kept, and the way out.

Several processes share the work: a happening becomes an event in one transaction that holds it, and
an errand that was claimed comes back by itself when whoever has it dies. So everything is told at
least once, and sometimes twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from holdfast.flights.domain.webhook import Delivery, Errand, Event, Happening, Webhook
from holdfast.flights.service.ports.order_lists import Listed, Page

MAX_WEBHOOKS_OF_OWNER = 100
"""Subscriptions of one owner and mode: each multiplies what is sent."""
Make = Callable[[Happening], Awaitable[Event | None]]
"""The event of a happening, None when there is nothing to tell (any more)."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """None: whatever it is."""

    succeeded: bool | None = None
    type: str | None = None
    webhook_id: str | None = None


class Webhooks(Protocol):
    """What an owner has subscribed to, and what came of it. Nobody sees another's."""

    async def create(self, webhook: Webhook) -> bool:
        """Keep a new one; False when the owner has `MAX_WEBHOOKS_OF_OWNER` already."""

    async def webhook(self, webhook_id: str, owner: str) -> Webhook | None:
        """One of them."""

    async def webhooks(self, owner: str, live_mode: bool, page: Page) -> Listed[Webhook]:
        """All of them, newest first."""

    async def update(self, webhook: Webhook) -> bool:
        """Replace `url`, `events`, `active` and `updated_at`; False when there is no such one."""

    async def delete(self, webhook_id: str, owner: str) -> bool:
        """Forget one with all that is due to it; False when there is no such one."""

    async def announce(self, event: Event) -> int:
        """Keep an event and make it due at once; to how many."""

    async def send_again(self, event_id: str, owner: str) -> bool:
        """Make an event due once more for all who want it; False when there is no such event."""

    async def event(self, event_id: str, owner: str) -> Event | None:
        """One event."""

    async def events(self, owner: str, live_mode: bool, page: Page) -> Listed[Event]:
        """All that are kept, newest first."""

    async def deliveries(
        self, owner: str, live_mode: bool, wanted: DeliveryFilter, page: Page
    ) -> Listed[Delivery]:
        """Tries that are kept, newest first."""


class Errands(Protocol):
    """The work of delivering. Written by the leader only."""

    async def publish(self, make: Make, limit: int) -> int:
        """Turn at most so many happenings into events, and make those due; how many were taken.
        What `make` raises leaves all of them where they were."""

    async def claim(self, limit: int, lease_s: float) -> Sequence[Errand]:
        """Errands that are due; nobody else gets them for `lease_s`."""

    async def done(self, delivery: Delivery, wait_s: float | None) -> None:
        """Keep a try. After a failure the errand is due again in `wait_s`, or (None) never; after a
        success it is over."""

    async def sweep(self, older_than_s: float) -> int:
        """Forget old events and tries, a bounded number at once; how many."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending: the receiver's status and the beginning of its answer; without a status
    the reason why there is none."""

    status: int | None
    answer: str

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Sender(Protocol):
    """The way out to subscribers."""

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> Sent:
        """POST a body, in bounded time; failures are values."""
