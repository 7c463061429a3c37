-- The rights of flights' processes, from nothing: whoever runs this has taken them all away before.
-- {flights_search} and the like are roles. What a role is not granted here, it cannot do.

-- The functions that sell run with the rights of their owner, on a fixed path: orders, seats,
-- counters and money are written by them and by nothing else that a process may call.
ALTER FUNCTION place_order SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION hold_order SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION pay_order SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION reprice_order SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION quote_cancellation SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION confirm_cancellation SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION add_seats SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION expire_holds SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION change_order SECURITY DEFINER SET search_path = flights, pg_temp;
ALTER FUNCTION send_event SECURITY DEFINER SET search_path = flights, pg_temp;

-- Everybody: who asks, and what was answered before.
GRANT SELECT ON api_tokens
    TO {flights_search}, {flights_booking}, {flights_seats}, {flights_ingest};
GRANT SELECT, INSERT ON idempotency_keys
    TO {flights_search}, {flights_booking}, {flights_seats}, {flights_ingest};

-- What is filed is read where it is shown, and written where it is taken in.
GRANT SELECT ON versions, schedule_legs, fares, seat_tiers, class_limits, absorbed_budgets
    TO {flights_search};
GRANT SELECT ON leg_status, status_updates TO {flights_search};
GRANT SELECT ON fares, absorbed_budgets TO {flights_booking};
GRANT SELECT ON seat_tiers TO {flights_booking}, {flights_seats};

-- Searches, and what viewers were shown.
GRANT SELECT, INSERT, DELETE, UPDATE (names) ON offer_requests TO {flights_search};
GRANT SELECT, INSERT, DELETE, UPDATE (version, newest, leases) ON viewer_leases
    TO {flights_search};
GRANT SELECT, INSERT, UPDATE (version, newest, leases) ON viewer_leases TO {flights_booking};
GRANT SELECT ON offer_requests TO {flights_booking}, {flights_seats};

-- What is sold is seen by many.
GRANT SELECT ON orders TO {flights_search}, {flights_booking}, {flights_seats};
GRANT SELECT ON seats TO {flights_search}, {flights_booking}, {flights_seats};
GRANT SELECT ON order_legs, leg_dates TO {flights_search}, {flights_booking};

-- Selling: by the functions, and the buyer's notes.
GRANT EXECUTE ON FUNCTION place_order, hold_order, pay_order, reprice_order, quote_cancellation,
    confirm_cancellation, add_seats, expire_holds, change_order, send_event TO {flights_booking};
GRANT UPDATE (metadata) ON orders TO {flights_booking};
GRANT SELECT, DELETE, UPDATE (until) ON unpaid_holds TO {flights_booking};
GRANT SELECT ON cancellations, payments, balances, ledger TO {flights_booking};
GRANT DELETE, UPDATE (created_at) ON idempotency_keys TO {flights_booking};

-- Changes that buyers ask for, and those of airlines.
GRANT SELECT, INSERT, DELETE ON order_change_requests TO {flights_search};
GRANT SELECT, INSERT ON order_change_offers TO {flights_search};
GRANT SELECT ON order_change_requests, order_change_offers TO {flights_booking};
GRANT SELECT, INSERT ON order_changes TO {flights_booking};
GRANT SELECT, UPDATE (accepted_at) ON airline_changes TO {flights_booking};
GRANT SELECT ON reaccommodations TO {flights_booking};

-- Webhooks.
GRANT SELECT, INSERT, DELETE, UPDATE (url, events, active, updated_at) ON webhooks
    TO {flights_booking};
GRANT SELECT, INSERT, DELETE ON webhook_events, webhook_deliveries TO {flights_booking};
GRANT SELECT, DELETE, UPDATE (tries, due_at) ON webhook_errands TO {flights_booking};
GRANT SELECT, DELETE, UPDATE (created_at) ON outbox TO {flights_booking};

-- Taking in: feeds.
GRANT SELECT, INSERT, UPDATE (sequence, sha256, produced_at, full_records, accepted_at) ON feeds
    TO {flights_ingest};
GRANT SELECT, INSERT, DELETE, UPDATE (outcome, reason, decided_by, good, bad, changed)
    ON deliveries TO {flights_ingest};
GRANT USAGE ON SEQUENCE deliveries_id_seq, fares_id_seq, seat_tiers_id_seq TO {flights_ingest};
GRANT SELECT, INSERT, DELETE ON held_parts, quarantined_records TO {flights_ingest};
GRANT SELECT, INSERT, UPDATE (version, changed_at) ON versions TO {flights_ingest};

-- Taking in: schedules, fares, status.
GRANT SELECT, INSERT, DELETE ON schedule_legs, class_limits TO {flights_ingest};
GRANT SELECT, INSERT, UPDATE (sequence) ON fares_deliveries TO {flights_ingest};
GRANT SELECT, INSERT, DELETE,
    UPDATE (terms, p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq, withdrawn_at, digest)
    ON fares TO {flights_ingest};
GRANT SELECT, INSERT, DELETE,
    UPDATE (name, currency, disclosures, p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq,
            withdrawn_at, was_total, was_tax, rose_at)
    ON seat_tiers TO {flights_ingest};
GRANT SELECT, INSERT, DELETE, UPDATE (refused_at, refused_by) ON parked_prices
    TO {flights_ingest};
GRANT SELECT, INSERT, DELETE ON price_changes TO {flights_ingest};
GRANT SELECT, INSERT, DELETE, UPDATE (facts, stamps) ON leg_status TO {flights_ingest};
GRANT SELECT, INSERT, DELETE ON status_updates TO {flights_ingest};

-- Taking in: what was sold is kept true to what is filed; of orders only which they are.
GRANT EXECUTE ON FUNCTION filed_leg, flown, seats_of TO {flights_ingest};
GRANT SELECT, UPDATE (is_flown, departs_at, arrives_at, aircraft, capacity, overbooking, short,
                      is_limited, classes, limits, taken) ON leg_dates TO {flights_ingest};
GRANT SELECT (id, owner, live_mode, state, stored_at, hold_until) ON orders TO {flights_ingest};
GRANT SELECT ON order_legs TO {flights_ingest};
GRANT INSERT, SELECT ON airline_changes TO {flights_ingest};
GRANT INSERT ON outbox TO {flights_ingest};
GRANT SELECT, INSERT, DELETE ON reaccommodations TO {flights_ingest};
