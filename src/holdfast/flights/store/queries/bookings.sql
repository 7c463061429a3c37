-- Orders and what happens to them. What changes anything is a function of migrations/0006_booking
-- (or 0011, 0013): one round trip, one transaction.

-- name: place
SELECT * FROM place_order(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31
);

-- name: hold
SELECT * FROM hold_order(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33
);

-- name: pay
SELECT * FROM pay_order($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: reprice
SELECT * FROM reprice_order($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: quote_cancellation
SELECT * FROM quote_cancellation($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: confirm_cancellation
SELECT * FROM confirm_cancellation($1, $2, $3, $4, $5, $6, $7);

-- name: add_seats
SELECT * FROM add_seats(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
);

-- name: expire
-- Overdue holds, at most $1, on the leg $2 or (NULL) anywhere; how many orders.
SELECT expire_holds($1, $2);

-- name: forget_holds
-- What counted unpaid holds and cannot count any more, at most $1 rows.
DELETE FROM unpaid_holds WHERE (buyer, order_id) IN (
    SELECT buyer, order_id FROM unpaid_holds WHERE until <= clock_timestamp()
    LIMIT $1 FOR UPDATE SKIP LOCKED);

-- name: now
SELECT clock_timestamp();

-- name: order
SELECT *, state = 'held' AND hold_until <= clock_timestamp() AS is_overdue
FROM orders WHERE id = $1 AND owner = $2;

-- name: update_metadata
UPDATE orders SET metadata = $3 WHERE id = $1 AND owner = $2
RETURNING *, state = 'held' AND hold_until <= clock_timestamp() AS is_overdue;

-- name: cancellation
SELECT * FROM cancellations WHERE id = $1 AND owner = $2;

-- name: taken_seats
SELECT leg, designator FROM seats
WHERE leg = ANY ($1::text[]) AND (state = 'sold' OR expires_at > clock_timestamp());
