"""The booking process: it sells, gives back, and tells subscribers of it."""

import secrets
from collections import Counter
from collections.abc import Sequence
from functools import partial

from holdfast.flights.domain.disruption import AirlineChange
from holdfast.flights.entrypoints.booking_api.airline_changes import AirlineChangeEndpoints
from holdfast.flights.entrypoints.booking_api.auditing import Auditing
from holdfast.flights.entrypoints.booking_api.cancellations import CancellationEndpoints
from holdfast.flights.entrypoints.booking_api.changes import ChangeEndpoints
from holdfast.flights.entrypoints.booking_api.orders import OrderEndpoints, TellOrders
from holdfast.flights.entrypoints.booking_api.payments import PaymentEndpoints
from holdfast.flights.entrypoints.booking_api.promise import Promise
from holdfast.flights.entrypoints.booking_api.repricing import RepricingEndpoints
from holdfast.flights.entrypoints.booking_api.services import ServiceEndpoints
from holdfast.flights.entrypoints.booking_api.webhooks import WebhookEndpoints
from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.cancel_order import CancelOrder
from holdfast.flights.service.change_order import ChangeOrder
from holdfast.flights.service.deliver_webhooks import DeliverWebhooks, Describe
from holdfast.flights.service.read_offers import ReadOffers
from holdfast.flights.service.reprice_order import RepriceOrder
from holdfast.flights.service.subscribe_webhooks import Subscriptions
from holdfast.flights.service.sweep_holds import sweep_holds
from holdfast.flights.store.absorbed_budgets import PostgresPromiseCosts
from holdfast.flights.store.access import KEPT_S
from holdfast.flights.store.audit import PostgresAuditor
from holdfast.flights.store.bookings import PostgresBookings
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.disruptions import PostgresDisruptions
from holdfast.flights.store.order_changes import PostgresOrderChanges
from holdfast.flights.store.order_lists import PostgresOrderLists
from holdfast.flights.store.quotes import PostgresQuotes
from holdfast.flights.store.webhook_sender import HttpSender
from holdfast.flights.store.webhooks import PostgresWebhooks
from holdfast.flights.wiring.rules import hold_rules, search_rules
from holdfast.flights.wiring.sites.figures import write_bookings
from holdfast.flights.wiring.sites.ground import Ground, every
from holdfast.flights.wiring.sites.site import Site

HOLDS_S = 5.0
"""Between two sweeps of holds that ran out: seats of one are taken over before that anyway."""
ANSWERS_S = 600.0
"""Between two sweeps of answers whose keys are old."""


def booking_site(ground: Ground) -> Site:
    """What the booking process serves."""
    database, private = ground.database, ground.may_call_private()
    bookings = PostgresBookings(database)
    outcomes: Counter[str] = Counter()
    hooks = PostgresWebhooks(database)
    operations = [
        *_selling(ground, bookings, outcomes),
        *Auditing(PostgresAuditor(database)).operations(),
        *Promise(PostgresPromiseCosts(database)).operations(),
        *WebhookEndpoints(
            Subscriptions(hooks, ground.clock, allow_private=private), hooks
        ).operations(),
    ]
    sender = HttpSender(allow_private=private)
    ground.stack.push_async_callback(sender.close)
    deliver = DeliverWebhooks(hooks, _describe(ground, bookings), sender, ground.clock)
    answers = ground.doors.remembered
    beside = (
        deliver.run,
        every(HOLDS_S, partial(sweep_holds, bookings)),
        every(ANSWERS_S, partial(answers.sweep, KEPT_S)),
    )
    return Site(ground.app(operations), beside, (partial(write_bookings, outcomes),))


def _selling(ground: Ground, bookings: PostgresBookings, outcomes: Counter[str]) -> list[Operation]:
    names, clock, database = ground.names, ground.clock, ground.database
    draw = Draw(clock.wall, secrets.token_bytes)
    lists = PostgresOrderLists(database)
    disruptions = PostgresDisruptions(database)
    quotes = PostgresQuotes(database)
    read = ReadOffers(quotes, clock)
    seats = ground.seat_maps()
    tell = TellOrders(names, lists, disruptions)
    cancel = CancelOrder(bookings, disruptions, draw)
    changes = PostgresOrderChanges(database)
    changing = ChangeOrder(bookings, changes, draw)
    reprices = RepriceOrder(
        bookings,
        bookings,
        PostgresCatalogue(database),
        quotes,
        seats,
        draw,
        search_rules(ground.flights),
    )
    return [
        *OrderEndpoints(
            read, bookings, lists, seats, tell, draw, outcomes, hold_rules(ground.flights)
        ).operations(),
        *ServiceEndpoints(bookings, seats, tell, draw).operations(),
        *RepricingEndpoints(names, reprices).operations(),
        *PaymentEndpoints(bookings, lists, draw).operations(),
        *CancellationEndpoints(bookings, lists, cancel).operations(),
        *ChangeEndpoints(names, changing, changes).operations(),
        *AirlineChangeEndpoints(names, bookings, disruptions, draw).operations(),
    ]


def _describe(ground: Ground, bookings: PostgresBookings) -> Describe:
    disruptions = PostgresDisruptions(ground.database)
    lists = PostgresOrderLists(ground.database)

    async def changes_of(order_id: str, owner: str) -> Sequence[AirlineChange]:
        return (await disruptions.changes(owner, [order_id])).get(order_id, ())

    return Describe(ground.names, bookings.order, lists.payments, changes_of)
