-- Deliveries of airlines' feeds, and the version stamps that tell readers that something changed.

CREATE TABLE versions (
    airline    text   NOT NULL,
    subject    text   NOT NULL CHECK (subject IN ('schedule', 'fares', 'status')),
    version    bigint NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (airline, subject)
);
