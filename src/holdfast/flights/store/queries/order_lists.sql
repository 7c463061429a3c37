-- Lists of an owner's orders and what belongs to them. A page goes on from a key (a time and an id)
-- upwards or downwards; each direction and sort has its own statement, so that an index serves it.
-- Filters: $2 awaiting payment (NULL: all), $3 booking reference (NULL: all), $4 names in small
-- letters; then the time and id to go on from (NULL: from the end), and how many.

-- name: orders_created_up
SELECT *, state = 'held' AND hold_until <= clock_timestamp() AS is_overdue FROM orders
WHERE owner = $1
  AND ($2::boolean IS NULL OR (state = 'held' AND hold_until > clock_timestamp()) = $2)
  AND ($3::text IS NULL OR reference = $3) AND names @> $4::text[]
  AND ($5::timestamptz IS NULL OR (created_at, id) > ($5, $6::text))
ORDER BY created_at, id LIMIT $7;

-- name: orders_created_down
SELECT *, state = 'held' AND hold_until <= clock_timestamp() AS is_overdue FROM orders
WHERE owner = $1
  AND ($2::boolean IS NULL OR (state = 'held' AND hold_until > clock_timestamp()) = $2)
  AND ($3::text IS NULL OR reference = $3) AND names @> $4::text[]
  AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::text))
ORDER BY created_at DESC, id DESC LIMIT $7;

-- name: orders_due_up
SELECT *, state = 'held' AND hold_until <= clock_timestamp() AS is_overdue FROM orders
WHERE owner = $1
  AND ($2::boolean IS NULL OR (state = 'held' AND hold_until > clock_timestamp()) = $2)
  AND ($3::text IS NULL OR reference = $3) AND names @> $4::text[]
  AND ($5::timestamptz IS NULL OR (coalesce(hold_until, '9999-01-01 00:00+00'), id) > ($5, $6::text))
ORDER BY coalesce(hold_until, '9999-01-01 00:00+00'), id LIMIT $7;

-- name: orders_due_down
SELECT *, state = 'held' AND hold_until <= clock_timestamp() AS is_overdue FROM orders
WHERE owner = $1
  AND ($2::boolean IS NULL OR (state = 'held' AND hold_until > clock_timestamp()) = $2)
  AND ($3::text IS NULL OR reference = $3) AND names @> $4::text[]
  AND ($5::timestamptz IS NULL OR (coalesce(hold_until, '9999-01-01 00:00+00'), id) < ($5, $6::text))
ORDER BY coalesce(hold_until, '9999-01-01 00:00+00') DESC, id DESC LIMIT $7;

-- name: cancellations_up
SELECT * FROM cancellations
WHERE owner = $1 AND ($2::text IS NULL OR order_id = $2)
  AND ($3::timestamptz IS NULL OR (created_at, id) > ($3, $4::text))
ORDER BY created_at, id LIMIT $5;

-- name: cancellations_down
SELECT * FROM cancellations
WHERE owner = $1 AND ($2::text IS NULL OR order_id = $2)
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::text))
ORDER BY created_at DESC, id DESC LIMIT $5;

-- name: payments
SELECT * FROM payments WHERE owner = $1 AND order_id = $2 ORDER BY created_at, id LIMIT $3;

-- name: balance
SELECT minor FROM balances WHERE owner = $1 AND currency = $2;

-- name: top_up
-- Money from outside, once for each reference; no row if it was there.
WITH fresh AS (
    INSERT INTO top_ups (owner, reference, currency, amount) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING RETURNING nextval('postings') AS posting
), entries AS (
    INSERT INTO ledger (posting, account, party, currency, amount)
    SELECT posting, account, $1, $3, sign * $4::bigint
    FROM fresh, (VALUES ('balance', 1), ('outside', -1)) AS entry (account, sign)
)
INSERT INTO balances AS mine (owner, currency, minor) SELECT $1, $3, $4 FROM fresh
ON CONFLICT (owner, currency) DO UPDATE SET minor = mine.minor + excluded.minor
RETURNING minor;

-- name: set_credit
INSERT INTO balances (owner, currency, credit) VALUES ($1, $2, $3)
ON CONFLICT (owner, currency) DO UPDATE SET credit = excluded.credit;
