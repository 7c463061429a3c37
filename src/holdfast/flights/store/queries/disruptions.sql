-- Counters and orders after a schedule or limits changed.

-- name: lock_openings
-- Wait for whoever is opening counters of the carriers $1 (sorted, so that two who do this do not
-- wait for each other), and keep others from it until the end of this transaction: see `open_leg`.
SELECT pg_advisory_xact_lock(hashtextextended('legs of ' || carrier, 0))
FROM unnest($1::text[]) AS carrier;

-- name: lock_moved_legs
-- Counters of coming flights (of the carriers $1; $2 and $3 carriers and numbers, NULL: all) that do
-- not say what is filed now, in order of lock.
SELECT one.id, one.leg, one.cabin, one.sold, one.held, one.classes, one.limits, one.taken,
       one.is_flown AS was_flown, one.departs_at AS was_departs_at, one.arrives_at AS was_arrives_at,
       one.aircraft AS was_aircraft, filed.is_flown, filed.departs_at, filed.arrives_at,
       filed.aircraft, filed.capacity, filed.overbooking, filed.is_limited,
       filed.classes AS filed_classes, filed.limits AS filed_limits
FROM leg_dates AS one CROSS JOIN LATERAL filed_leg(
    one.carrier, one.number, one.suffix, one.flight_date, one.board, one.off_point, one.cabin
) AS filed
WHERE one.carrier = ANY ($1::text[]) AND one.flight_date >= current_date - 1
  AND ($2::text[] IS NULL
       OR (one.carrier, one.number) IN (SELECT * FROM unnest($2, $3::integer[])))
  AND ((one.is_flown, one.capacity - one.short, one.overbooking, one.is_limited)
           IS DISTINCT FROM (filed.is_flown, filed.capacity, filed.overbooking, filed.is_limited)
       OR (filed.is_flown AND (one.departs_at, one.arrives_at, one.aircraft)
           IS DISTINCT FROM (filed.departs_at, filed.arrives_at, filed.aircraft))
       OR (filed.is_limited
           AND (one.classes[1:cardinality(filed.classes)], one.limits[1:cardinality(filed.limits)])
               IS DISTINCT FROM (filed.classes, filed.limits)))
ORDER BY one.id
FOR NO KEY UPDATE OF one;

-- name: update_legs
-- Times and aircraft of a leg that is not flown any more stay: they are what was bought.
UPDATE leg_dates SET
    is_flown = $2, departs_at = coalesce($3, departs_at), arrives_at = coalesce($4, arrives_at),
    aircraft = coalesce($5, aircraft), capacity = $6, overbooking = $7, short = $8,
    is_limited = $9, classes = $10, limits = $11, taken = $12
WHERE id = $1;

-- name: touched_orders
-- Live orders on these legs.
SELECT leg_id, order_id, sum(seats)::integer AS seats, owner, live_mode, state, stored_at
FROM order_legs JOIN orders ON orders.id = order_id
WHERE leg_id = ANY ($1::bigint[])
  AND (state = 'paid' OR (state = 'held' AND hold_until > clock_timestamp()))
GROUP BY leg_id, order_id, owner, live_mode, state, stored_at
ORDER BY order_id, leg_id;

-- name: add_change
WITH fresh AS (
    INSERT INTO airline_changes (id, order_id, owner, kind, legs, detected_at)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING id, order_id, owner
)
INSERT INTO outbox (owner, live_mode, type, order_id, subject)
SELECT owner, $7, 'order.airline_initiated_change_detected', order_id, id FROM fresh;

-- name: close_cases
DELETE FROM reaccommodations WHERE leg_id = ANY ($1::bigint[]);

-- name: open_case
INSERT INTO reaccommodations (leg_id, order_id, seats) VALUES ($1, $2, $3);

-- name: changes
SELECT * FROM airline_changes WHERE owner = $1 AND order_id = ANY ($2::text[])
ORDER BY detected_at, id;

-- name: change_to_accept
SELECT change.*, orders.state AS order_state FROM airline_changes AS change
JOIN orders ON orders.id = order_id
WHERE change.id = $1 AND change.owner = $2 FOR NO KEY UPDATE OF change;

-- name: accept
UPDATE airline_changes SET accepted_at = $2 WHERE id = $1 RETURNING *;

-- name: cases
SELECT leg, cabin, order_id, seats FROM reaccommodations JOIN leg_dates ON leg_dates.id = leg_id
WHERE carrier = $1 AND flight_date >= current_date - 1
ORDER BY flight_date, leg, order_id LIMIT $2;
