-- Changes that buyers ask for.

-- name: keep_request
INSERT INTO order_change_requests (id, owner, order_id, document, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING;

-- name: keep_offers
INSERT INTO order_change_offers (id, request_id)
SELECT offer, $2 FROM unnest($1::text[]) AS one (offer)
ON CONFLICT (id) DO NOTHING;

-- name: request
SELECT document FROM order_change_requests WHERE id = $1 AND owner = $2;

-- name: request_of_offer
SELECT document FROM order_change_requests
JOIN order_change_offers ON request_id = order_change_requests.id
WHERE order_change_offers.id = $1 AND owner = $2;

-- name: keep_change
INSERT INTO order_changes (id, owner, order_id, document, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING;

-- name: change
SELECT document, confirmed_at FROM order_changes WHERE id = $1 AND owner = $2;

-- name: change_order
SELECT * FROM change_order(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, $26
);

-- name: sweep_requests
DELETE FROM order_change_requests WHERE id IN (
    SELECT id FROM order_change_requests
    WHERE stored_at < clock_timestamp() - make_interval(secs => $1)
    ORDER BY stored_at LIMIT $2
);
