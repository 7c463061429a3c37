-- Feeds: every statement of a delivery runs in its one transaction, under `lock_lane`.

-- name: lock_lane
-- Deliveries of one airline that write the same things come one at a time. Ends with the
-- transaction.
SELECT pg_advisory_xact_lock(hashtext('flights feeds'), hashtext($1));

-- name: taken
SELECT kind, sequence, sha256, full_records FROM feeds WHERE airline = $1 AND feed = $2;

-- name: take
-- The feed has accepted this file; the records of a full one are remembered ($7 null: not full).
INSERT INTO feeds (
    airline, feed, kind, sequence, sha256, produced_at, full_records, accepted_at
)
VALUES ($1, $2, $3, $4, $5, $6, coalesce($7::bigint, 0), clock_timestamp())
ON CONFLICT (airline, feed) DO UPDATE SET
    sequence = excluded.sequence,
    sha256 = excluded.sha256,
    produced_at = excluded.produced_at,
    full_records = coalesce($7::bigint, feeds.full_records),
    accepted_at = excluded.accepted_at;

-- name: add_delivery
INSERT INTO deliveries (
    airline, feed, kind, format, sequence, produced_at, is_full, sha256, size_bytes, declared,
    good, bad, changed, outcome, reason, line
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
RETURNING id;

-- name: held_before
-- The same file, when it waits already.
SELECT id FROM deliveries
WHERE airline = $1 AND feed = $2 AND sequence = $3 AND sha256 = $4 AND outcome = 'held';

-- name: add_quarantined
INSERT INTO quarantined_records (delivery, place, line, reason, content)
SELECT $1::bigint, place, line, reason, content
FROM unnest($2::bigint[], $3::text[], $4::text[])
         WITH ORDINALITY AS bad (line, reason, content, place);

-- name: drop_quarantined
DELETE FROM quarantined_records WHERE delivery = $1;

-- name: add_part
INSERT INTO held_parts (delivery, part, content) VALUES ($1, $2, $3);

-- name: drop_parts
DELETE FROM held_parts WHERE delivery = $1;

-- name: supersede
-- Held files of the feed that are not newer than what is accepted now.
WITH passed AS (
    UPDATE deliveries
    SET outcome = 'superseded', reason = 'sequence ' || $3::bigint || ' was accepted'
    WHERE airline = $1 AND feed = $2 AND outcome = 'held' AND sequence <= $3::bigint
      AND id <> $4
    RETURNING id
)
DELETE FROM held_parts WHERE delivery IN (SELECT id FROM passed);

-- name: prune
-- Of each feed the newest $3 deliveries stay, and those that wait.
DELETE FROM deliveries
WHERE airline = $1 AND feed = $2 AND outcome <> 'held' AND id < (
    SELECT min(id) FROM (
        SELECT id FROM deliveries WHERE airline = $1 AND feed = $2 ORDER BY id DESC LIMIT $3
    ) AS newest
);

-- name: decide
-- What a person, or the newer state of the feed, made of a held file.
UPDATE deliveries
SET outcome = $2, reason = $3, decided_by = $4, good = $5, bad = $6, changed = $7
WHERE id = $1 AND outcome = 'held'
RETURNING id;

-- name: refuse
UPDATE deliveries SET outcome = 'refused', decided_by = $2 WHERE id = $1 AND outcome = 'held'
RETURNING id;

-- name: held
-- Files that wait, oldest first; $1 null: of all airlines, $2 null: any.
SELECT id, airline, feed, kind, format, sequence, produced_at, received_at, is_full, sha256,
       size_bytes, declared, good, reason
FROM deliveries
WHERE outcome = 'held' AND ($1::text IS NULL OR airline = $1)
  AND ($2::bigint IS NULL OR id = $2)
ORDER BY id
LIMIT 200;

-- name: lock_held
SELECT id FROM deliveries WHERE id = $1 AND outcome = 'held' FOR UPDATE;

-- name: parts
SELECT content FROM held_parts WHERE delivery = $1 ORDER BY part;

-- name: facts
-- Feeds with their newest delivery; $1 null: of all airlines.
SELECT last.airline, last.feed, coalesce(feeds.kind, last.kind) AS kind,
       feeds.sequence, feeds.accepted_at, feeds.produced_at,
       last.received_at AS last_received_at, last.sequence AS last_sequence,
       last.outcome AS last_outcome, last.reason AS last_reason,
       coalesce(feeds.full_records, 0) AS records,
       coalesce(accepted.bad, 0) AS quarantined,
       (SELECT count(*) FROM deliveries AS waiting
        WHERE waiting.airline = last.airline AND waiting.feed = last.feed
          AND waiting.outcome = 'held') AS held
FROM (
    SELECT DISTINCT ON (airline, feed) airline, feed, kind, received_at, sequence, outcome, reason
    FROM deliveries
    WHERE $1::text IS NULL OR airline = $1
    ORDER BY airline, feed, id DESC
) AS last
LEFT JOIN feeds ON feeds.airline = last.airline AND feeds.feed = last.feed
LEFT JOIN deliveries AS accepted
       ON accepted.airline = feeds.airline AND accepted.feed = feeds.feed
      AND accepted.sequence = feeds.sequence AND accepted.outcome IN ('accepted', 'approved')
ORDER BY last.airline, last.feed
LIMIT 5000;

-- name: quarantined
-- The newest $2 records of an airline that were set aside.
SELECT bad.delivery, deliveries.feed, deliveries.sequence, deliveries.received_at,
       bad.line, bad.reason, bad.content
FROM deliveries
JOIN quarantined_records AS bad ON bad.delivery = deliveries.id
WHERE deliveries.airline = $1
ORDER BY bad.delivery DESC, bad.place
LIMIT $2;

-- name: moment_of_delivery
-- The database's clock, and a number above those of all deliveries that were applied before: under
-- the lane's lock it puts the files of all fares feeds of an airline into one order.
SELECT extract(epoch FROM clock_timestamp())::float8 AS now,
       nextval(pg_get_serial_sequence('deliveries', 'id')) AS number;
