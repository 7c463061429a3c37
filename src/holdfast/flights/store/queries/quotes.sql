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
-- $3 is {traveller id: [given, family]}, or [given, family, accounts].
UPDATE offer_requests SET names = names || $3::jsonb
WHERE id = $1 AND owner = $2;

-- name: leases_of
-- Each (viewer, bucket) once.
SELECT viewer, carrier, board, off_point, day, held.version, held.leases
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[])
    AS asked (viewer, carrier, board, off_point, day)
JOIN viewer_leases AS held USING (viewer, carrier, board, off_point, day);

-- name: put_leases
-- Each (viewer, bucket) once, with the version after the one that was read; what somebody else
-- changed meanwhile is left as it is, and not told. Rows are touched in the order of their keys, so
-- that two calls never wait for each other in a circle.
INSERT INTO viewer_leases AS held (
    viewer, carrier, board, off_point, day, version, newest, leases
)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::bigint[], $7::timestamptz[],
    $8::bytea[]
) AS fresh (viewer, carrier, board, off_point, day, version, newest, leases)
ORDER BY viewer, carrier, board, off_point, day
ON CONFLICT (viewer, carrier, board, off_point, day) DO UPDATE SET
    version = excluded.version, newest = excluded.newest, leases = excluded.leases
WHERE held.version = excluded.version - 1
RETURNING viewer, carrier, board, off_point, day;

-- name: sweep_requests
DELETE FROM offer_requests WHERE id IN (
    SELECT id FROM offer_requests WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
    FOR UPDATE SKIP LOCKED
);

-- name: sweep_leases
DELETE FROM viewer_leases WHERE (viewer, carrier, board, off_point, day) IN (
    SELECT viewer, carrier, board, off_point, day FROM viewer_leases
    WHERE newest < $1 ORDER BY newest LIMIT $2
    FOR UPDATE SKIP LOCKED
);
