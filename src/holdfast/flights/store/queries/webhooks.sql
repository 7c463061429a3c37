-- Webhooks, their events, what is due and every try. Lists go on from a key (a time and an id).

-- name: create_webhook
INSERT INTO webhooks (id, owner, live_mode, url, events, active, secret, created_at, updated_at)
SELECT $1, $2, $3, $4, $5::text[], $6, $7, $8, $9
WHERE (SELECT count(*) FROM webhooks WHERE owner = $2 AND live_mode = $3) < $10
ON CONFLICT (id) DO NOTHING
RETURNING true;

-- name: webhook
SELECT * FROM webhooks WHERE id = $1 AND owner = $2;

-- name: webhooks_up
SELECT * FROM webhooks WHERE owner = $1 AND live_mode = $2
  AND ($3::timestamptz IS NULL OR (created_at, id) > ($3, $4::text))
ORDER BY created_at, id LIMIT $5;

-- name: webhooks_down
SELECT * FROM webhooks WHERE owner = $1 AND live_mode = $2
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::text))
ORDER BY created_at DESC, id DESC LIMIT $5;

-- name: update_webhook
UPDATE webhooks SET url = $3, events = $4::text[], active = $5, updated_at = $6
WHERE id = $1 AND owner = $2
RETURNING true;

-- name: delete_webhook
DELETE FROM webhooks WHERE id = $1 AND owner = $2 RETURNING true;

-- name: keep_event
INSERT INTO webhook_events (id, owner, live_mode, type, body, webhook_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING;

-- name: send_event
SELECT send_event($1);

-- name: event
SELECT * FROM webhook_events WHERE id = $1 AND owner = $2;

-- name: events_up
SELECT * FROM webhook_events WHERE owner = $1 AND live_mode = $2
  AND ($3::timestamptz IS NULL OR (created_at, id) > ($3, $4::text))
ORDER BY created_at, id LIMIT $5;

-- name: events_down
SELECT * FROM webhook_events WHERE owner = $1 AND live_mode = $2
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::text))
ORDER BY created_at DESC, id DESC LIMIT $5;

-- name: deliveries_up
SELECT * FROM webhook_deliveries WHERE owner = $1 AND live_mode = $2
  AND ($6::boolean IS NULL OR succeeded = $6) AND ($7::text IS NULL OR type = $7)
  AND ($8::text IS NULL OR webhook_id = $8)
  AND ($3::timestamptz IS NULL OR (created_at, id) > ($3, $4::text))
ORDER BY created_at, id LIMIT $5;

-- name: deliveries_down
SELECT * FROM webhook_deliveries WHERE owner = $1 AND live_mode = $2
  AND ($6::boolean IS NULL OR succeeded = $6) AND ($7::text IS NULL OR type = $7)
  AND ($8::text IS NULL OR webhook_id = $8)
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::text))
ORDER BY created_at DESC, id DESC LIMIT $5;

-- name: happenings
-- The oldest that no other process has in its hands.
SELECT id, owner, live_mode, type, order_id, subject, created_at FROM outbox
ORDER BY id LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: forget_happenings
DELETE FROM outbox WHERE id = ANY ($1::bigint[]);

-- name: claim
WITH due AS (
    SELECT event_id, webhook_id FROM webhook_errands
    WHERE due_at <= clock_timestamp()
    ORDER BY due_at LIMIT $1
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE webhook_errands AS errand
    SET due_at = clock_timestamp() + make_interval(secs => $2)
    FROM due
    WHERE errand.event_id = due.event_id AND errand.webhook_id = due.webhook_id
    RETURNING errand.event_id, errand.webhook_id, errand.tries, errand.first_at
)
SELECT claimed.event_id, event.type, event.body, claimed.webhook_id, hook.url, hook.secret,
       claimed.tries, event.owner, event.live_mode,
       extract(epoch FROM clock_timestamp() - claimed.first_at)::float8 AS age_s
FROM claimed
JOIN webhook_events AS event ON event.id = claimed.event_id
JOIN webhooks AS hook ON hook.id = claimed.webhook_id;

-- name: keep_delivery
INSERT INTO webhook_deliveries (id, event_id, webhook_id, owner, live_mode, type, url, succeeded,
    status, answer, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO NOTHING;

-- name: errand_over
DELETE FROM webhook_errands WHERE event_id = $1 AND webhook_id = $2;

-- name: errand_again
UPDATE webhook_errands
SET tries = tries + 1, due_at = clock_timestamp() + make_interval(secs => $3)
WHERE event_id = $1 AND webhook_id = $2;

-- name: sweep_events
DELETE FROM webhook_events WHERE id IN (
    SELECT id FROM webhook_events
    WHERE stored_at < clock_timestamp() - make_interval(secs => $1)
    ORDER BY stored_at LIMIT $2
);

-- name: sweep_deliveries
DELETE FROM webhook_deliveries WHERE id IN (
    SELECT id FROM webhook_deliveries
    WHERE created_at < clock_timestamp() - make_interval(secs => $1)
    ORDER BY created_at LIMIT $2
);
