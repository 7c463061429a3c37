"""The law of flights' tables: who may do what, by process, use case and statement.

What a role needs for these statements is in `store/roles.sql`; tests hold the two together on a
real server. Functions that sell run with their owner's rights: what they touch, no process may.
"""

from holdfast.flights.store.tables import FOLDER, MIGRATIONS, SCHEMA
from holdfast.flights.wiring.kinds import BOOKING, INGEST, SEARCH, SEATS
from holdfast.platform.runtime.schema import Role, Schema, UseCase

_KNOWN = UseCase("know who asks", ("access.find_token",))
_ANSWERED = UseCase(
    "answer a repeated request alike", ("access.recall_answer", "access.remember_answer")
)
_OFFERS = UseCase("read an offer", ("quotes.request",))
_SEAT_MAPS = UseCase(
    "show seats and their prices", ("fares.published_tiers", "bookings.taken_seats")
)
_AN_ORDER = UseCase("read an order", ("bookings.order",))
_STAMPS = UseCase("tell readers what changed", ("versions.bump_version",))

_SEARCH = Role(
    SEARCH,
    (
        _KNOWN,
        _ANSWERED,
        UseCase(
            "keep a snapshot of what is filed",
            (
                "versions.all_versions",
                "schedule.schedule_page",
                "fares.published_fares",
                "fares.published_tiers",
                "fares.stored_limits",
                "fares.budgets",
            ),
        ),
        UseCase("see what is taken", ("inventory.sold",)),
        UseCase(
            "store offers before they are shown",
            ("quotes.leases_of", "quotes.put_leases", "quotes.insert_requests"),
        ),
        _OFFERS,
        UseCase("list searches", ("quotes.requests_after", "quotes.requests_before")),
        UseCase("name a traveller", ("quotes.name_traveller",)),
        UseCase("forget old searches", ("quotes.sweep_requests", "quotes.sweep_leases")),
        _SEAT_MAPS,
        _AN_ORDER,
        UseCase(
            "ask what an order can be changed to",
            (
                "order_changes.keep_request",
                "order_changes.keep_offers",
                "order_changes.request",
                "order_changes.request_of_offer",
            ),
        ),
        UseCase("forget old requests for changes", ("order_changes.sweep_requests",)),
        UseCase(
            "tell a flight's status",
            (
                "versions.all_versions",
                "schedule.legs_of_flights",
                "status.known_of_flight",
                "status.history_of_flight",
                "status.partners_of_flight",
            ),
        ),
    ),
)

_BOOKING = Role(
    BOOKING,
    (
        _KNOWN,
        _ANSWERED,
        UseCase("forget old answers", ("access.sweep_answers",)),
        _OFFERS,
        _SEAT_MAPS,
        _AN_ORDER,
        UseCase("book or hold an offer", ("bookings.place", "bookings.hold", "bookings.expire")),
        UseCase("pay a hold", ("bookings.pay",)),
        UseCase(
            "price a hold anew",
            (
                "fares.fares_for",
                "fares.budgets",
                "quotes.leases_of",
                "quotes.put_leases",
                "bookings.reprice",
            ),
        ),
        UseCase("add seats", ("bookings.add_seats",)),
        UseCase(
            "give an order back",
            (
                "bookings.quote_cancellation",
                "bookings.confirm_cancellation",
                "bookings.cancellation",
                "order_lists.cancellations_up",
                "order_lists.cancellations_down",
            ),
        ),
        UseCase("sweep holds that ran out", ("bookings.expire", "bookings.forget_holds")),
        UseCase("keep the buyer's notes", ("bookings.update_metadata",)),
        UseCase("tell the time of what happens", ("bookings.now",)),
        UseCase(
            "list orders and payments",
            (
                "order_lists.orders_created_up",
                "order_lists.orders_created_down",
                "order_lists.orders_due_up",
                "order_lists.orders_due_down",
                "order_lists.payments",
            ),
        ),
        UseCase(
            "change an order",
            (
                "bookings.order",
                "order_changes.request",
                "order_changes.request_of_offer",
                "order_changes.keep_change",
                "order_changes.change",
                "order_changes.change_order",
            ),
        ),
        UseCase(
            "tell of and accept airlines' changes",
            ("disruptions.changes", "disruptions.change_to_accept", "disruptions.accept"),
        ),
        UseCase(
            "keep subscriptions",
            (
                "webhooks.create_webhook",
                "webhooks.webhook",
                "webhooks.webhooks_up",
                "webhooks.webhooks_down",
                "webhooks.update_webhook",
                "webhooks.delete_webhook",
            ),
        ),
        UseCase(
            "tell subscribers",
            (
                "webhooks.happenings",
                "webhooks.forget_happenings",
                "webhooks.keep_event",
                "webhooks.send_event",
                "webhooks.claim",
                "webhooks.keep_delivery",
                "webhooks.errand_over",
                "webhooks.errand_again",
            ),
        ),
        UseCase(
            "show what was told",
            (
                "webhooks.event",
                "webhooks.events_up",
                "webhooks.events_down",
                "webhooks.deliveries_up",
                "webhooks.deliveries_down",
            ),
        ),
        UseCase("forget what was told", ("webhooks.sweep_events", "webhooks.sweep_deliveries")),
        UseCase(
            "audit",
            (
                "audit.inventory_conserved",
                "audit.seat_unique",
                "audit.money_conserved",
                "audit.nothing_stuck",
                "audit.idempotent_single_effect",
                "audit.losers_leave_nothing",
                "bookings.now",
            ),
        ),
    ),
)

_SEATS = Role(SEATS, (_KNOWN, _ANSWERED, _OFFERS, _SEAT_MAPS, _AN_ORDER))

_INGEST = Role(
    INGEST,
    (
        _KNOWN,
        _ANSWERED,
        UseCase(
            "decide on a delivery",
            (
                "feeds.lock_lane",
                "feeds.taken",
                "feeds.take",
                "feeds.add_delivery",
                "feeds.held_before",
                "feeds.add_quarantined",
                "feeds.drop_quarantined",
                "feeds.add_part",
                "feeds.supersede",
                "feeds.prune",
            ),
        ),
        _STAMPS,
        UseCase(
            "take in a schedule",
            (
                "schedule.digests",
                "schedule.delete_legs",
                "schedule.find_legs",
                "schedule.legs_of_flights",
                "copy schedule_legs",
            ),
        ),
        UseCase(
            "take in fares",
            (
                "feeds.moment_of_delivery",
                "fares.lock_fares",
                "fares.newest_delivery",
                "fares.note_delivery",
                "fares.fare_digests",
                "fares.fares_of_ids",
                "fares.fares_between",
                "fares.forget_fares",
                "fares.next_fare_ids",
                "copy fares",
                "fares.save_fares",
                "fares.unpark_fares",
                "fares.held_tiers",
                "fares.forget_tiers",
                "fares.next_tier_ids",
                "fares.insert_tiers",
                "fares.save_tiers",
                "fares.unpark_tiers",
                "fares.stored_limits",
                "fares.delete_limits",
                "fares.insert_limits",
                "copy price_changes",
                "copy parked_prices",
            ),
        ),
        UseCase(
            "take in status", ("status.known_of_legs", "status.add_updates", "status.put_known")
        ),
        UseCase(
            "keep sold seats true to what is filed",
            (
                "bookings.now",
                "disruptions.lock_openings",
                "disruptions.lock_moved_legs",
                "disruptions.update_legs",
                "disruptions.touched_orders",
                "disruptions.add_change",
                "disruptions.close_cases",
                "disruptions.open_case",
            ),
        ),
        UseCase("show feeds and what was set aside", ("feeds.facts", "feeds.quarantined")),
        UseCase(
            "decide on a held file",
            (
                "feeds.held",
                "feeds.parts",
                "feeds.lock_held",
                "feeds.decide",
                "feeds.refuse",
                "feeds.drop_parts",
            ),
        ),
        UseCase("audit the log of prices", ("fares.rises_too_soon",)),
        UseCase(
            "forget old prices and status",
            ("fares.forget_prices", "status.forget_known", "status.forget_updates"),
        ),
        UseCase(
            "decide on a stopped price",
            (
                "fares.waiting_prices",
                "fares.parked_price",
                "fares.parked_fare",
                "fares.parked_tier",
                "fares.refuse_price",
            ),
        ),
    ),
)

FLIGHTS = Schema(
    name=SCHEMA,
    migrations=MIGRATIONS,
    queries=FOLDER / "queries",
    rights=FOLDER / "roles.sql",
    roles=(_SEARCH, _BOOKING, _SEATS, _INGEST),
)
