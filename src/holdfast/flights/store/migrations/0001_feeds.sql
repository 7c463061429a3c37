-- Deliveries of airlines' feeds, and the version stamps that tell readers that something changed.

CREATE TABLE versions (
    airline    text   NOT NULL,
    subject    text   NOT NULL CHECK (subject IN ('schedule', 'fares', 'status')),
    version    bigint NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (airline, subject)
);

-- What each feed accepted last. `full_records` is of its newest full file.
CREATE TABLE feeds (
    airline      text        NOT NULL,
    feed         text        NOT NULL,
    kind         text        NOT NULL
        CHECK (kind IN ('schedule', 'schedule_change', 'fares', 'status')),
    sequence     bigint      NOT NULL CHECK (sequence > 0),
    sha256       bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    full_records bigint      NOT NULL DEFAULT 0,
    produced_at  timestamptz NOT NULL,
    accepted_at  timestamptz NOT NULL,
    PRIMARY KEY (airline, feed)
);

-- Every file that came and what became of it. A held file waits in `held_parts` for a person.
CREATE TABLE deliveries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    airline     text        NOT NULL,
    feed        text        NOT NULL,
    kind        text        NOT NULL,
    format      text        NOT NULL,
    sequence    bigint      NOT NULL,
    produced_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_full     boolean     NOT NULL,
    sha256      bytea       NOT NULL,
    size_bytes  bigint      NOT NULL,
    declared    bigint,
    good        bigint      NOT NULL,
    bad         bigint      NOT NULL,
    changed     bigint      NOT NULL DEFAULT 0,
    outcome     text        NOT NULL CHECK (
        outcome IN ('accepted', 'duplicate', 'older', 'rejected', 'held', 'approved', 'refused',
                    'superseded')
    ),
    reason      text        NOT NULL DEFAULT '',
    line        bigint      NOT NULL DEFAULT 0,
    decided_by  text        NOT NULL DEFAULT ''
);
CREATE INDEX deliveries_of_feed ON deliveries (airline, feed, id DESC);
-- The safety net under the decision: a sequence is accepted once, a file is held once.
CREATE UNIQUE INDEX deliveries_accepted ON deliveries (airline, feed, sequence)
    WHERE outcome IN ('accepted', 'approved');
CREATE UNIQUE INDEX deliveries_held ON deliveries (airline, feed, sequence, sha256)
    WHERE outcome = 'held';

-- The content of held files, zlib-compressed as a whole and then cut into parts.
CREATE TABLE held_parts (
    delivery bigint  NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    part     integer NOT NULL,
    content  bytea   NOT NULL,
    PRIMARY KEY (delivery, part)
);

-- Records that were set aside; of each delivery the first ones.
CREATE TABLE quarantined_records (
    delivery bigint NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    place    integer NOT NULL,
    line     bigint NOT NULL,
    reason   text   NOT NULL,
    content  text   NOT NULL DEFAULT '',
    PRIMARY KEY (delivery, place)
);
