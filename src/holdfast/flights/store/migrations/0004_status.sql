-- What is known of dated legs on the day of operation, and everything that was told of them.

-- `facts` holds the newest telling of each fact, `stamps` how new each is (moment, sequence).
CREATE TABLE leg_status (
    carrier     text    NOT NULL,
    number      integer NOT NULL,
    suffix      text    NOT NULL,
    flight_date date    NOT NULL,
    board       text    NOT NULL,
    off_point   text    NOT NULL,
    facts       jsonb   NOT NULL,
    stamps      jsonb   NOT NULL,
    PRIMARY KEY (carrier, number, suffix, flight_date, board, off_point)
);
CREATE INDEX leg_status_by_date ON leg_status (flight_date);

-- Append-only. The digest of facts and moment makes a repeated telling no new line.
CREATE TABLE status_updates (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier     text        NOT NULL,
    number      integer     NOT NULL,
    suffix      text        NOT NULL,
    flight_date date        NOT NULL,
    board       text        NOT NULL,
    off_point   text        NOT NULL,
    told_at     timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    feed        text        NOT NULL,
    sequence    bigint      NOT NULL,
    facts       jsonb       NOT NULL,
    digest      bytea       NOT NULL
);
CREATE UNIQUE INDEX status_updates_once ON status_updates (
    carrier, number, suffix, flight_date, board, off_point, told_at, digest
);
CREATE INDEX status_updates_by_date ON status_updates (flight_date);

-- Whose codeshares are flown by a flight: its status names them as partners.
CREATE INDEX schedule_legs_operated_by
    ON schedule_legs (operating_carrier, operating_number) WHERE operating_carrier IS NOT NULL;
