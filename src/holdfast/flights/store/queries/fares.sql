-- Filed fares, their price states, limits of booking classes and tiers of seats. Statements that
-- take arrays do the work of many rows; writers of one airline come one at a time (`lock_fares`).

-- name: lock_fares
-- One delivery of an airline's fares, or one approval, at a time.
SELECT pg_advisory_xact_lock(hashtext('flights fares'), hashtext($1));

-- name: newest_delivery
SELECT sequence FROM fares_deliveries WHERE airline = $1;

-- name: note_delivery
INSERT INTO fares_deliveries (airline, sequence) VALUES ($1, $2)
ON CONFLICT (airline) DO UPDATE SET sequence = excluded.sequence;

-- name: forget_fares
-- Fares of $1 that are off sale since before $2 and wait for nobody.
DELETE FROM fares
WHERE carrier = $1 AND withdrawn_at <= $2
  AND NOT EXISTS (SELECT FROM parked_prices WHERE parked_prices.fare_id = fares.id);

-- name: forget_tiers
DELETE FROM seat_tiers
WHERE carrier = $1 AND withdrawn_at <= $2
  AND NOT EXISTS (SELECT FROM parked_prices WHERE parked_prices.tier_id = seat_tiers.id);

-- name: fare_digests
-- A page of the digests of all fares of $1 after the id $2.
SELECT id, digest FROM fares WHERE carrier = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: fares_of_ids
-- These fares, on sale or not, with what is parked.
SELECT fares.*, parked.total AS parked_total, parked.tax AS parked_tax
FROM fares LEFT JOIN parked_prices AS parked ON parked.fare_id = fares.id
WHERE fares.id = ANY ($1::bigint[]) ORDER BY fares.id;

-- name: fares_between
-- A page of the fares of $1 after the id $2 between these points ($4 board, $5 off), as above.
SELECT fares.*, parked.total AS parked_total, parked.tax AS parked_tax
FROM fares LEFT JOIN parked_prices AS parked ON parked.fare_id = fares.id
WHERE fares.carrier = $1 AND fares.id > $2
  AND (fares.board, fares.off_point) IN (SELECT * FROM unnest($4::text[], $5::text[]))
ORDER BY fares.id LIMIT $3;

-- name: held_tiers
SELECT seat_tiers.*, parked.total AS parked_total, parked.tax AS parked_tax
FROM seat_tiers LEFT JOIN parked_prices AS parked ON parked.tier_id = seat_tiers.id
WHERE seat_tiers.carrier = $1 AND seat_tiers.id > $2 ORDER BY seat_tiers.id LIMIT $3;

-- name: published_fares
-- A page of the fares of $1 that are on sale, after the id $2.
SELECT id, carrier, number, board, off_point, cabin, booking_class, basis, passenger_type, currency,
       first_date, last_date, days, terms, p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq
FROM fares WHERE carrier = $1 AND id > $2 AND withdrawn_at IS NULL ORDER BY id LIMIT $3;

-- name: fares_for
-- The fares of $1 that are on sale between $3 and $4 on the date $5, for flight $2 or for any.
SELECT id, carrier, number, board, off_point, cabin, booking_class, basis, passenger_type, currency,
       first_date, last_date, days, terms, p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq
FROM fares WHERE carrier = $1 AND number = $2 AND board = $3 AND off_point = $4
  AND $5 BETWEEN first_date AND last_date AND withdrawn_at IS NULL
UNION ALL
SELECT id, carrier, number, board, off_point, cabin, booking_class, basis, passenger_type, currency,
       first_date, last_date, days, terms, p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq
FROM fares WHERE carrier = $1 AND number IS NULL AND board = $3 AND off_point = $4
  AND $5 BETWEEN first_date AND last_date AND withdrawn_at IS NULL;

-- name: published_tiers
SELECT * FROM seat_tiers
WHERE carrier = $1 AND id > $2 AND withdrawn_at IS NULL ORDER BY id LIMIT $3;

-- name: stored_limits
SELECT * FROM class_limits WHERE carrier = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: next_fare_ids
SELECT nextval('fares_id_seq') AS id FROM generate_series(1, $1);

-- name: next_tier_ids
SELECT nextval('seat_tiers_id_seq') AS id FROM generate_series(1, $1);

-- name: save_fares
-- Terms and state of fares that are there.
UPDATE fares SET
    terms = new.terms, p_total = new.p_total, p_tax = new.p_tax, p_since = new.p_since,
    s_total = new.s_total, s_tax = new.s_tax, s_at = new.s_at, s_seq = new.s_seq,
    withdrawn_at = new.withdrawn_at, digest = new.digest
FROM unnest(
    $1::bigint[], $2::jsonb[], $3::bigint[], $4::bigint[], $5::double precision[], $6::bigint[],
    $7::bigint[], $8::double precision[], $9::bigint[], $10::double precision[], $11::bytea[]
) AS new (id, terms, p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq, withdrawn_at, digest)
WHERE fares.id = new.id;

-- name: insert_tiers
INSERT INTO seat_tiers (
    id, carrier, aircraft, cabin, tier, first_row, last_row, columns, name, currency, disclosures,
    p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq, withdrawn_at
) OVERRIDING SYSTEM VALUE
SELECT id, carrier, aircraft, cabin, tier, first_row, last_row, columns, name, currency,
       ARRAY(SELECT jsonb_array_elements_text(disclosures)),
       p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq, withdrawn_at
FROM unnest(
    $1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[],
    $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::bigint[], $13::bigint[],
    $14::double precision[], $15::bigint[], $16::bigint[], $17::double precision[], $18::bigint[],
    $19::double precision[]
) AS new (
    id, carrier, aircraft, cabin, tier, first_row, last_row, columns, name, currency, disclosures,
    p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq, withdrawn_at
);

-- name: save_tiers
-- A price that rises leaves what it was, for offers that were made before.
UPDATE seat_tiers SET
    name = new.name, currency = new.currency,
    disclosures = ARRAY(SELECT jsonb_array_elements_text(new.disclosures)),
    p_total = new.p_total, p_tax = new.p_tax, p_since = new.p_since,
    s_total = new.s_total, s_tax = new.s_tax, s_at = new.s_at, s_seq = new.s_seq,
    withdrawn_at = new.withdrawn_at,
    was_total = CASE WHEN new.p_total > seat_tiers.p_total
        THEN seat_tiers.p_total ELSE was_total END,
    was_tax = CASE WHEN new.p_total > seat_tiers.p_total THEN seat_tiers.p_tax ELSE was_tax END,
    rose_at = CASE WHEN new.p_total > seat_tiers.p_total THEN new.p_since ELSE rose_at END
FROM unnest(
    $1::bigint[], $2::text[], $3::text[], $4::jsonb[], $5::bigint[], $6::bigint[],
    $7::double precision[], $8::bigint[], $9::bigint[], $10::double precision[], $11::bigint[],
    $12::double precision[]
) AS new (
    id, name, currency, disclosures, p_total, p_tax, p_since, s_total, s_tax, s_at, s_seq,
    withdrawn_at
)
WHERE seat_tiers.id = new.id;

-- name: delete_limits
DELETE FROM class_limits WHERE id = ANY ($1::bigint[]);

-- name: insert_limits
-- Classes and their limits come as `J28 C20`: arrays of arrays must be of one length.
INSERT INTO class_limits (
    carrier, number, board, off_point, cabin, first_date, last_date, days, classes, limits,
    capacity, overbooking
)
SELECT carrier, number, board, off_point, cabin, first_date, last_date, days,
       string_to_array(regexp_replace(pairs, '[0-9]', '', 'g'), ' '),
       string_to_array(regexp_replace(pairs, '[A-Z]', '', 'g'), ' ')::integer[],
       capacity, overbooking
FROM unnest(
    $1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[],
    $8::smallint[], $9::text[], $10::integer[], $11::integer[]
) AS new (
    carrier, number, board, off_point, cabin, first_date, last_date, days, pairs, capacity,
    overbooking
);

-- name: forget_prices
-- The log before $1, at most $2 lines.
DELETE FROM price_changes WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM price_changes WHERE at < $1 LIMIT $2
));

-- name: rises_too_soon
-- T1 on what happened: prices of fares and tiers that rose within $2 seconds after their last
-- change (the first line of a fare says when that was). Nothing ever comes back. Airline $1, or all
-- for ''; at most $3.
SELECT airline, fare_id, tier_id, at, before, p_total, at - last_change AS gap
FROM (
    SELECT step.*, max(changed_at) OVER (
               PARTITION BY fare_id, tier_id ORDER BY id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS last_change
    FROM (
        SELECT line.*, lag(p_total) OVER one AS before,
               CASE WHEN lag(p_total) OVER one IS NULL THEN p_since
                    WHEN lag(p_total) OVER one <> p_total THEN at END AS changed_at
        FROM price_changes AS line WHERE $1 = '' OR airline = $1
        WINDOW one AS (PARTITION BY fare_id, tier_id ORDER BY id)
    ) AS step
) AS change
WHERE p_total > before AND at - last_change < $2
ORDER BY at LIMIT $3;

-- name: unpark_fares
DELETE FROM parked_prices WHERE fare_id = ANY ($1::bigint[]);

-- name: unpark_tiers
DELETE FROM parked_prices WHERE tier_id = ANY ($1::bigint[]);

-- name: waiting_prices
-- Prices that wait for a person, after the id $2; airline $1, or all for ''.
SELECT parked.id, parked.airline, parked.total, parked.tax, parked.sequence, parked.parked_at,
       coalesce(fares.s_total, seat_tiers.s_total) AS s_total,
       coalesce(fares.s_tax, seat_tiers.s_tax) AS s_tax,
       coalesce(fares.currency, seat_tiers.currency) AS currency,
       CASE WHEN parked.tier_id IS NULL
           THEN concat_ws(' ', fares.carrier || coalesce(fares.number::text, ''),
                          fares.board || '-' || fares.off_point, fares.booking_class, fares.basis,
                          fares.passenger_type, fares.first_date || '/' || fares.last_date)
           ELSE concat_ws(' ', seat_tiers.carrier, seat_tiers.aircraft, seat_tiers.cabin,
                          seat_tiers.tier, seat_tiers.first_row || '-' || seat_tiers.last_row)
       END AS what,
       coalesce(fares.withdrawn_at, seat_tiers.withdrawn_at) IS NULL AS is_on_sale
FROM parked_prices AS parked
LEFT JOIN fares ON fares.id = parked.fare_id
LEFT JOIN seat_tiers ON seat_tiers.id = parked.tier_id
WHERE ($1 = '' OR parked.airline = $1) AND parked.id > $2 AND parked.refused_at IS NULL
ORDER BY parked.id LIMIT $3;

-- name: parked_price
SELECT airline, fare_id, tier_id FROM parked_prices WHERE id = $1 AND refused_at IS NULL;

-- name: parked_fare
-- The fare whose price $1 is still parked.
SELECT fares.*, parked.total AS parked_total, parked.tax AS parked_tax
FROM parked_prices AS parked JOIN fares ON fares.id = parked.fare_id
WHERE parked.id = $1 AND parked.refused_at IS NULL;

-- name: parked_tier
SELECT seat_tiers.*, parked.total AS parked_total, parked.tax AS parked_tax
FROM parked_prices AS parked JOIN seat_tiers ON seat_tiers.id = parked.tier_id
WHERE parked.id = $1 AND parked.refused_at IS NULL;

-- name: refuse_price
UPDATE parked_prices SET refused_at = $3, refused_by = $2 WHERE id = $1 AND refused_at IS NULL;

-- name: set_budget
INSERT INTO absorbed_budgets (airline, currency, budget) VALUES ($1, $2, $3)
ON CONFLICT (airline, currency) DO UPDATE SET budget = excluded.budget;

-- name: add_absorbed
SELECT budget, spent FROM absorb($1, $2, $3);

-- name: budgets
SELECT airline, currency, budget, spent FROM absorbed_budgets
WHERE $1 = '' OR airline = $1 ORDER BY airline, currency;

-- name: reset_absorbed
UPDATE absorbed_budgets SET spent = 0 WHERE airline = $1;
