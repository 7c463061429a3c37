-- Lines of conversations that go on, for whoever looks at a running attempt. They are worth nothing
-- once there is a transcript, so they are not logged: a crash or a new leader begins with none, and
-- what is told next shows that lines are missing.

CREATE UNLOGGED TABLE live_rows (
    attempt uuid        NOT NULL,
    number  integer     NOT NULL CHECK (number >= -1),
    place   integer     NOT NULL CHECK (place >= 0),
    size    integer     NOT NULL CHECK (size >= 0),
    line    text        NOT NULL,
    told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (attempt, number)
);
