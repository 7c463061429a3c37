-- Tokens, and the answers of calls with an Idempotency-Key.

-- name: find_token
SELECT token_id, owner, name, live_mode, scopes, created_at, expires_at, revoked_at
FROM api_tokens
WHERE token_hash = $1;

-- name: create_token
INSERT INTO api_tokens (token_hash, owner, name, live_mode, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5::text[], $6, $7)
ON CONFLICT (token_hash) DO NOTHING
RETURNING true;

-- name: revoke_token
UPDATE api_tokens SET revoked_at = $3
WHERE owner = $1 AND token_id = $2 AND revoked_at IS NULL
RETURNING true;

-- name: tokens_of_owner
SELECT token_id, owner, name, live_mode, scopes, created_at, expires_at, revoked_at
FROM api_tokens
WHERE owner = $1
ORDER BY created_at DESC, token_id
LIMIT $2;

-- name: recall_answer
SELECT status, body, request_hash FROM idempotency_keys WHERE owner = $1 AND key = $2;

-- name: remember_answer
-- Waits for a concurrent call with the same key to end; no row when that one, or an earlier one,
-- was answered: then the caller must undo what it did.
INSERT INTO idempotency_keys (owner, key, request_hash, status, body)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (owner, key) DO NOTHING
RETURNING true;

-- name: sweep_answers
-- The oldest first, at most $2 at once, so that no sweep locks the table's readers out for long.
DELETE FROM idempotency_keys
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM idempotency_keys
    WHERE created_at < clock_timestamp() - make_interval(secs => $1)
    ORDER BY created_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
));
