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

-- One row for a viewer, a carrier and two points on a date: all fare keys in it as MessagePack
-- (store/lease_rows.py). `version` counts its changes: who changes a row must have read the newest.
-- No reference to fares: what is leased is what is sold, under whichever filed fare.
CREATE TABLE viewer_leases (
    viewer    text        NOT NULL,
    carrier   text        NOT NULL,
    board     text        NOT NULL,
    off_point text        NOT NULL,
    day       date        NOT NULL,
    version   bigint      NOT NULL,
    newest    timestamptz NOT NULL,
    leases    bytea       NOT NULL,
    PRIMARY KEY (viewer, carrier, board, off_point, day)
);
CREATE INDEX viewer_leases_old ON viewer_leases (newest);
