-- Who may call, and what calls with an Idempotency-Key were answered.

CREATE TABLE api_tokens (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    token_id   text NOT NULL GENERATED ALWAYS AS (left(encode(token_hash, 'hex'), 32)) STORED,
    owner      text NOT NULL CHECK (length(owner) BETWEEN 1 AND 100),
    name       text NOT NULL CHECK (length(name) <= 200),
    live_mode  boolean NOT NULL,
    scopes     text[] NOT NULL CHECK (scopes <@ ARRAY['read', 'book', 'feeds', 'operate']),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX api_tokens_by_owner ON api_tokens (owner, created_at DESC);

-- One row is one answered call. It is written in the transaction of the call's effect, and its
-- primary key makes the second of two concurrent calls wait for the first, then lose to it.
CREATE TABLE idempotency_keys (
    owner        text NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    status       integer NOT NULL CHECK (status BETWEEN 200 AND 599),
    body         bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
