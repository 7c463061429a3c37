-- Status of dated legs. Statements that take arrays touch rows in the order of their keys.

-- name: known_of_legs
-- What is known of these legs; one of which nothing was told is left out.
SELECT asked.place - 1 AS place, known.facts::text AS facts, known.stamps::text AS stamps
FROM unnest($1::text[], $2::integer[], $3::text[], $4::date[], $5::text[], $6::text[])
         WITH ORDINALITY AS asked (carrier, number, suffix, flight_date, board, off_point, place)
JOIN leg_status AS known
    USING (carrier, number, suffix, flight_date, board, off_point);

-- name: put_known
-- What is known of these legs from now on.
INSERT INTO leg_status (carrier, number, suffix, flight_date, board, off_point, facts, stamps)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::date[], $5::text[], $6::text[],
                     $7::text[]::jsonb[], $8::text[]::jsonb[])
         AS fresh (carrier, number, suffix, flight_date, board, off_point, facts, stamps)
ORDER BY carrier, number, suffix, flight_date, board, off_point
ON CONFLICT (carrier, number, suffix, flight_date, board, off_point) DO UPDATE SET
    facts = excluded.facts,
    stamps = excluded.stamps;

-- name: add_updates
-- Lines of the history; one that is there already is left out.
INSERT INTO status_updates (
    carrier, number, suffix, flight_date, board, off_point, told_at, facts, digest, feed, sequence
)
SELECT fresh.*, $10::text, $11::bigint
FROM unnest($1::text[], $2::integer[], $3::text[], $4::date[], $5::text[], $6::text[],
            $7::timestamptz[], $8::text[]::jsonb[], $9::bytea[])
         AS fresh (carrier, number, suffix, flight_date, board, off_point, told_at, facts, digest)
ON CONFLICT (carrier, number, suffix, flight_date, board, off_point, told_at, digest) DO NOTHING;

-- name: known_of_flight
-- What is known of all legs of a dated flight.
SELECT board, off_point, facts::text AS facts, stamps::text AS stamps
FROM leg_status
WHERE carrier = $1 AND number = $2 AND suffix = $3 AND flight_date = $4
LIMIT 100;

-- name: history_of_flight
-- The newest $5 tellings of a dated flight, newest first.
SELECT board, off_point, told_at, received_at, feed, facts::text AS facts
FROM status_updates
WHERE carrier = $1 AND number = $2 AND suffix = $3 AND flight_date = $4
ORDER BY told_at DESC, id DESC
LIMIT $5;

-- name: partners_of_flight
-- The codeshares that are filed as flown by this flight.
SELECT DISTINCT airline, number, suffix
FROM schedule_legs
WHERE operating_carrier = $1 AND operating_number = $2 AND operating_suffix = $3
  AND first_date <= $4 AND last_date >= $4
ORDER BY airline, number, suffix
LIMIT 100;

-- name: forget_known
-- Legs of flights before $1, at most $2.
DELETE FROM leg_status WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM leg_status WHERE flight_date < $1 LIMIT $2
));

-- name: forget_updates
-- The history of flights before $1, at most $2 lines.
DELETE FROM status_updates WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM status_updates WHERE flight_date < $1 LIMIT $2
));
