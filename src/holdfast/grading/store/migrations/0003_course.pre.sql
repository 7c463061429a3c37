-- What a teacher decides for a course: deadlines, extensions, and whether the scoreboard stands
-- still. A plan is replaced as a whole, by whoever has seen the present version of it.

CREATE TABLE plans (
    course    text PRIMARY KEY REFERENCES courses,
    version   integer NOT NULL DEFAULT 0,
    frozen_at timestamptz
);

CREATE TABLE deadlines (
    course               text NOT NULL REFERENCES plans,
    test                 text NOT NULL CHECK (length(test) BETWEEN 1 AND 100),
    due_at               timestamptz NOT NULL,
    grace_s              integer NOT NULL CHECK (grace_s >= 0),
    late_percent_per_day integer NOT NULL CHECK (late_percent_per_day BETWEEN 0 AND 100),
    PRIMARY KEY (course, test)
);

CREATE TABLE extensions (
    course text    NOT NULL,
    uid    integer NOT NULL,
    test   text    NOT NULL CHECK (length(test) BETWEEN 1 AND 100),
    due_at timestamptz NOT NULL,
    PRIMARY KEY (course, uid, test),
    FOREIGN KEY (course, uid) REFERENCES users
);

-- What happens now, for the board of tonight. Attempts come in the order of their opening, so this
-- costs a close next to nothing.
CREATE INDEX attempts_recent ON attempts USING brin (opened_at) WITH (pages_per_range = 16);
