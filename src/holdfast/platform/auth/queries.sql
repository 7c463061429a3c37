-- Identity: accounts, sessions, tokens, sign-ins, links, tries, the audit log.

-- name: account
SELECT account, name, roles, subject, password, external, is_disabled, created_at
FROM accounts WHERE name = $1;

-- name: account_of
SELECT account, name, roles, subject, password, external, is_disabled, created_at
FROM accounts WHERE external = $1 AND external <> '';

-- name: accounts
SELECT account, name, roles, subject, password, external, is_disabled, created_at
FROM accounts ORDER BY name LIMIT $1;

-- name: add_account
-- No row when the name, or the university's person, has an account.
INSERT INTO accounts (name, roles, subject, password, external, created_at)
VALUES ($1, $2::text[], $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING account, name, roles, subject, password, external, is_disabled, created_at;

-- name: set_password
UPDATE accounts SET password = $2 WHERE account = $1;

-- name: set_disabled
UPDATE accounts SET is_disabled = $2 WHERE account = $1;

-- name: set_roles
UPDATE accounts SET roles = $2::text[], subject = $3 WHERE account = $1;

-- name: open_session
INSERT INTO sessions (session_hash, account, seen_at, expires_at, address)
VALUES ($1, $2, $3, $4, $5);

-- name: session
SELECT account, name, roles, subject, password, external, is_disabled, accounts.created_at,
       seen_at, expires_at
FROM sessions JOIN accounts USING (account)
WHERE session_hash = $1;

-- name: see_session
UPDATE sessions SET seen_at = $2 WHERE session_hash = $1 AND seen_at < $2;

-- name: close_session
DELETE FROM sessions WHERE session_hash = $1;

-- name: close_sessions
DELETE FROM sessions WHERE account = $1;

-- name: begin_sign_in
INSERT INTO sign_ins (state, nonce, verifier, target, expires_at) VALUES ($1, $2, $3, $4, $5);

-- name: end_sign_in
-- Deleting it is what makes it single: of two at once, one gets the row.
DELETE FROM sign_ins WHERE state = $1 RETURNING nonce, verifier, target, expires_at > $2 AS is_live;

-- name: put_link
INSERT INTO links (key_hash, expires_at) VALUES ($1, $2);

-- name: use_link
DELETE FROM links WHERE key_hash = $1 RETURNING expires_at > $2 AS is_live;

-- name: add_token
INSERT INTO tokens (token_hash, account, name, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4::text[], $5, $6);

-- name: token
SELECT token_id, tokens.name AS token_name, scopes, tokens.created_at AS made_at, expires_at,
       revoked_at, used_at,
       account, accounts.name, roles, subject, password, external, is_disabled, accounts.created_at
FROM tokens JOIN accounts USING (account)
WHERE token_hash = $1;

-- name: tokens
-- Of one account, or of all when $1 is null; newest first.
SELECT token_id, tokens.name AS token_name, scopes, tokens.created_at AS made_at, expires_at,
       revoked_at, used_at,
       account, accounts.name, roles, subject, password, external, is_disabled, accounts.created_at
FROM tokens JOIN accounts USING (account)
WHERE $1::bigint IS NULL OR account = $1
ORDER BY tokens.created_at DESC, token_id
LIMIT $2;

-- name: revoke_token
UPDATE tokens SET revoked_at = $2 WHERE token_id = $1 AND revoked_at IS NULL RETURNING token_hash;

-- name: use_token
UPDATE tokens SET used_at = $2 WHERE token_hash = $1 AND (used_at IS NULL OR used_at < $2);

-- name: make_counters
-- So that there is a row to lock. The year 1970 says that there was no try yet.
INSERT INTO tries AS held (counter, tries, last_at)
SELECT asked.counter, 1, 'epoch'
FROM unnest($1::text[]) AS asked (counter)
ORDER BY asked.counter
ON CONFLICT (counter) DO NOTHING;

-- name: lock_counters
-- In one order, so that two who log in do not wait for each other.
SELECT counter, tries, last_at FROM tries WHERE counter = ANY ($1::text[])
ORDER BY counter FOR UPDATE;

-- name: count_tries
UPDATE tries SET tries = asked.tries, last_at = $3
FROM unnest($1::text[], $2::integer[]) AS asked (counter, tries)
WHERE tries.counter = asked.counter;

-- name: clear_tries
DELETE FROM tries WHERE counter = ANY ($1::text[]);

-- name: lower_tries
UPDATE tries SET tries = tries - 1 WHERE counter = ANY ($1::text[]) AND tries > 1;

-- name: record
INSERT INTO audit (at, who, act, target, detail, address, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: entries
SELECT number, at, who, act, target, detail, address, request_id
FROM audit
WHERE $2::bigint IS NULL OR number < $2
ORDER BY number DESC
LIMIT $1;

-- name: sweep_sessions
DELETE FROM sessions WHERE session_hash = ANY (ARRAY(
    SELECT session_hash FROM sessions WHERE expires_at < $1 LIMIT $2));

-- name: sweep_sign_ins
DELETE FROM sign_ins WHERE state = ANY (ARRAY(
    SELECT state FROM sign_ins WHERE expires_at < $1 LIMIT $2));

-- name: sweep_links
DELETE FROM links WHERE expires_at < $1;

-- name: sweep_tries
DELETE FROM tries WHERE counter = ANY (ARRAY(
    SELECT counter FROM tries WHERE last_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED));
