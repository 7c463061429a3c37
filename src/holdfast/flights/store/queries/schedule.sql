-- Leg patterns. Writers of one airline's schedule come one at a time (the lane of feeds).

-- name: digests
-- What is stored of an airline, after a flight and row.
SELECT id, number, suffix, digest
FROM schedule_legs
WHERE airline = $1 AND (number, suffix, id) > ($2, $3, $4)
ORDER BY number, suffix, id
LIMIT $5;

-- name: delete_legs
DELETE FROM schedule_legs WHERE id = ANY ($1::bigint[]) 
RETURNING number, suffix, operating_carrier, operating_number, operating_suffix;

-- name: find_legs
-- The rows of these digests.
SELECT id, digest FROM schedule_legs WHERE airline = $1 AND digest = ANY ($2::bytea[]);

-- name: schedule_page
-- An airline's legs after a flight and row, in the order of flights.
SELECT id, airline, number, suffix, variation, sequence, service_type, first_date, last_date, days,
       board, off_point, departure_min, departure_offset_min, arrival_min, arrival_offset_min,
       aircraft, configuration, board_terminal, off_terminal, operating_carrier, operating_number,
       operating_suffix, marketed_as, booking_classes
FROM schedule_legs
WHERE airline = $1 AND (number, suffix, id) > ($2, $3, $4)
ORDER BY number, suffix, id
LIMIT $5;

-- name: legs_of_flights
-- The legs of designators ($1 carriers, $2 numbers, $3 suffixes).
SELECT id, airline, number, suffix, variation, sequence, service_type, first_date, last_date, days,
       board, off_point, departure_min, departure_offset_min, arrival_min, arrival_offset_min,
       aircraft, configuration, board_terminal, off_terminal, operating_carrier, operating_number,
       operating_suffix, marketed_as, booking_classes
FROM schedule_legs
WHERE (airline, number, suffix) IN (
    SELECT * FROM unnest($1::text[], $2::integer[], $3::text[])
)
ORDER BY airline, number, suffix, first_date, sequence, id
LIMIT 100000;
