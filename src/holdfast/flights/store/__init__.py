"""Stores of flights: PostgreSQL behind `platform.data`; SQL is in `queries/`, `migrations/`.

`tables` says where it is, `statements` reads it, `roles.sql` says who may run it, `versions` and
`version_hints` tell readers what changed. Feeds: `feeds` with `feed_contents`, `feed_changes`;
`schedule`, `fares` (`fare_rows`, `price_writer`, `parked_prices`, `price_log`, `absorbed_budgets`),
`status`, `station_clocks`. Readers: `catalogue`, `reference` (`facts/`), `inventory`. Selling:
`quotes` (`lease_rows`), `bookings` (`order_rows`), `order_lists`, `order_changes`, `disruptions`,
`audit`. `access` knows tokens and answered keys; `webhooks`, `webhook_sender`; `first_start` knows
an empty database. `memory_access`, `memory_quotes`, `memory_bookings` and `memory_webhooks` pass
the same contracts, for tests and for trying use cases out.
"""
