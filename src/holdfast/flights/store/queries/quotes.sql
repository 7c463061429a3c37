-- Offer requests and viewer leases. Arrays carry the work of many calls at once.

-- name: insert_requests
INSERT INTO offer_requests (
    id, owner, viewer, live_mode, created_at, expires_at, query, offers
)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[],
    $7::bytea[], $8::bytea[]
);

-- name: request
SELECT id, owner, live_mode, created_at, expires_at, query, offers, names::text AS names
FROM offer_requests
WHERE id = $1 AND owner = $2;

-- name: requests_after
-- The newest first; those after the mark ($2, $3), which may be null.
SELECT id, owner, live_mode, created_at, expires_at, query, names::text AS names
FROM offer_requests
WHERE owner = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::text))
ORDER BY created_at DESC, id DESC
LIMIT $4;

-- name: requests_before
-- Those before the mark, nearest to it first.
SELECT id, owner, live_mode, created_at, expires_at, query, names::text AS names
FROM offer_requests
WHERE owner = $1 AND (created_at, id) > ($2::timestamptz, $3::text)
ORDER BY created_at, id
LIMIT $4;

-- name: name_traveller
-- $3 is {traveller id: [given, family]}.
UPDATE offer_requests SET names = names || $3::jsonb
WHERE id = $1 AND owner = $2;

-- name: running_leases
-- $1 and $2: fares and types; $3 the viewer; $4 now, $5 the length in seconds.
SELECT held.fare_id, held.passenger_type, held.total, held.tax
FROM unnest($1::bigint[], $2::text[]) AS asked (fare_id, passenger_type)
JOIN viewer_leases AS held
    ON held.viewer = $3 AND held.fare_id = asked.fare_id
   AND held.passenger_type = asked.passenger_type
WHERE $4::timestamptz < held.first_seen + make_interval(secs => $5);

-- name: see_fares
-- Each (viewer, fare, type) once. Rows are touched in the order of their keys, so that two calls
-- never wait for each other in a circle. An ended lease begins anew; a running one keeps its
-- beginning, and its price falls only.
INSERT INTO viewer_leases AS held (viewer, fare_id, passenger_type, first_seen, total, tax)
SELECT viewer, fare_id, passenger_type, seen_at, total, tax
FROM unnest(
    $1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[]
) AS seen (viewer, fare_id, passenger_type, seen_at, total, tax)
ORDER BY viewer, fare_id, passenger_type
ON CONFLICT (viewer, fare_id, passenger_type) DO UPDATE SET
    first_seen = CASE WHEN excluded.first_seen >= held.first_seen + make_interval(secs => $7)
        THEN excluded.first_seen ELSE held.first_seen END,
    total = CASE WHEN excluded.first_seen >= held.first_seen + make_interval(secs => $7)
              OR excluded.total < held.total
        THEN excluded.total ELSE held.total END,
    tax = CASE WHEN excluded.first_seen >= held.first_seen + make_interval(secs => $7)
              OR excluded.total < held.total
        THEN excluded.tax ELSE held.tax END
RETURNING viewer, fare_id, passenger_type, total, tax;

-- name: sweep_requests
DELETE FROM offer_requests WHERE id IN (
    SELECT id FROM offer_requests WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
    FOR UPDATE SKIP LOCKED
);

-- name: sweep_leases
DELETE FROM viewer_leases WHERE (viewer, fare_id, passenger_type) IN (
    SELECT viewer, fare_id, passenger_type FROM viewer_leases
    WHERE first_seen < $1 ORDER BY first_seen LIMIT $2
    FOR UPDATE SKIP LOCKED
);
