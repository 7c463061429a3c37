-- People and programs: who can log in, what is open, and what was done by whom.

CREATE TABLE accounts (
    account     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._@+-]{0,99}$'),
    roles       text[] NOT NULL CHECK (cardinality(roles) BETWEEN 1 AND 8),
    subject     text NOT NULL DEFAULT '' CHECK (subject ~ '^[A-Za-z0-9._-]{0,64}$'),
    password    text NOT NULL DEFAULT '' CHECK (password = '' OR password LIKE '$argon2id$%'),
    external    text NOT NULL DEFAULT '' CHECK (length(external) <= 600),
    is_disabled boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL
);

CREATE UNIQUE INDEX accounts_external ON accounts (external) WHERE external <> '';

CREATE TABLE sessions (
    session_hash bytea PRIMARY KEY CHECK (octet_length(session_hash) = 32),
    account      bigint NOT NULL REFERENCES accounts,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    address      text NOT NULL
);

CREATE INDEX sessions_of_account ON sessions (account);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE tokens (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    token_id   text NOT NULL UNIQUE GENERATED ALWAYS AS (left(encode(token_hash, 'hex'), 16)) STORED,
    account    bigint NOT NULL REFERENCES accounts,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    scopes     text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 50),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    used_at    timestamptz
);

CREATE INDEX tokens_of_account ON tokens (account, created_at DESC);

-- A log-in at a university that was begun, known by the hash of its state.
CREATE TABLE sign_ins (
    state      bytea PRIMARY KEY CHECK (octet_length(state) = 32),
    nonce      text NOT NULL,
    verifier   text NOT NULL,
    target     text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);

-- One-time links that make the first admin.
CREATE TABLE links (
    key_hash   bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    expires_at timestamptz NOT NULL
);

-- Tries to log in, by what they are counted on. A crash of the server may forget them.
CREATE UNLOGGED TABLE tries (
    counter text PRIMARY KEY CHECK (length(counter) <= 300),
    tries   integer NOT NULL CHECK (tries > 0),
    last_at timestamptz NOT NULL
);

CREATE INDEX tries_by_age ON tries (last_at);

-- What was done by whom. Processes may add and read; the trigger stops the owner's mistakes, too.
CREATE TABLE audit (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    who        text NOT NULL CHECK (length(who) <= 200),
    act        text NOT NULL CHECK (length(act) <= 200),
    target     text NOT NULL CHECK (length(target) <= 200),
    detail     text NOT NULL CHECK (length(detail) <= 200),
    address    text NOT NULL CHECK (length(address) <= 200),
    request_id text NOT NULL CHECK (length(request_id) <= 200)
);

CREATE FUNCTION guard_audit() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    RAISE EXCEPTION 'entries of the audit log are never changed or removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_is_append_only';
END
$guard$;

CREATE TRIGGER audit_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION guard_audit();
