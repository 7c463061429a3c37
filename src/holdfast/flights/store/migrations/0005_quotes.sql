-- Offer requests, whole and unchanging (wire/quote_document.py), and what viewers were shown.

CREATE TABLE offer_requests (
    id          text PRIMARY KEY,
    owner       text        NOT NULL,
    viewer      text        NOT NULL,
    live_mode   boolean     NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    query       bytea       NOT NULL,
    offers      bytea       NOT NULL,
    names       jsonb       NOT NULL DEFAULT '{}',
    CHECK (created_at < expires_at)
);
-- It is compressed already; trying again costs time at every insert.
ALTER TABLE offer_requests ALTER COLUMN offers SET STORAGE EXTERNAL;
CREATE INDEX offer_requests_of_owner ON offer_requests (owner, created_at DESC, id DESC);
CREATE INDEX offer_requests_expired ON offer_requests (expires_at);

-- No reference to fares: a withdrawn fare may be removed and its lease runs out by itself.
CREATE TABLE viewer_leases (
    viewer         text        NOT NULL,
    fare_id        bigint      NOT NULL,
    passenger_type text        NOT NULL,
    first_seen     timestamptz NOT NULL,
    total          bigint      NOT NULL CHECK (total >= 0),
    tax            bigint      NOT NULL CHECK (tax BETWEEN 0 AND total),
    PRIMARY KEY (viewer, fare_id, passenger_type)
);
CREATE INDEX viewer_leases_old ON viewer_leases (first_seen);
