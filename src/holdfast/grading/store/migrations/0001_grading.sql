-- Grading: who is graded, what they attempted, what counts, who holds a lease.
--
-- Times of the course (leases, silence of nodes) are decided by this database's clock; times of an
-- attempt (started_at, ended_at) come from its node and are only shown.

CREATE TABLE courses (
    course     text PRIMARY KEY CHECK (course ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    course   text    NOT NULL REFERENCES courses,
    uid      integer NOT NULL CHECK (uid BETWEEN 0 AND 9999),
    name     text    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (course, uid)
);

-- One row for each attempt, written when it is opened and again when it is closed. A provisional
-- close is the reaper's: the node was silent. A real close by the node replaces it.
CREATE TABLE attempts (
    id             uuid PRIMARY KEY,
    course         text    NOT NULL,
    uid            integer NOT NULL,
    test           text    NOT NULL CHECK (length(test) BETWEEN 1 AND 100),
    seed           text    NOT NULL,
    source_host    text    NOT NULL,
    source_port    integer NOT NULL,
    node           text    NOT NULL,
    incarnation    text    NOT NULL,
    started_at     timestamptz NOT NULL,
    opened_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    closed_at      timestamptz,
    verdict        text CHECK (verdict IN ('pass', 'fail', 'inconclusive', 'infrastructure')),
    is_provisional boolean NOT NULL DEFAULT false,
    reason         text    NOT NULL DEFAULT '',
    points         integer NOT NULL DEFAULT 0,
    checks         jsonb   NOT NULL DEFAULT '[]',
    transcript     bytea   NOT NULL DEFAULT '',
    teacher_note   text    NOT NULL DEFAULT '',
    CONSTRAINT attempts_of_a_student FOREIGN KEY (course, uid) REFERENCES users,
    CONSTRAINT attempts_closed_as_a_whole CHECK (
        (verdict IS NULL) = (ended_at IS NULL) AND (verdict IS NULL) = (closed_at IS NULL)
    ),
    CONSTRAINT attempts_provisional_is_infrastructure CHECK (
        NOT is_provisional OR verdict = 'infrastructure'
    )
);

-- Compressing transcripts costs the server more than everything else of a close (measured: 168 us
-- of CPU for 4 kB, 98 us without), and not every build has a faster method. Disk is cheap.
ALTER TABLE attempts ALTER COLUMN transcript SET STORAGE EXTERNAL;

-- A student's attempts, newest first, and the class grid.
CREATE INDEX attempts_of_test ON attempts (course, uid, test, started_at DESC, id DESC)
    INCLUDE (verdict);
CREATE INDEX attempts_of_user ON attempts (course, uid, started_at DESC, id DESC);
-- Who is running now, for the reaper and for `online`.
CREATE INDEX attempts_running ON attempts (course, uid) WHERE verdict IS NULL;

CREATE TABLE best_results (
    course     text    NOT NULL,
    uid        integer NOT NULL,
    test       text    NOT NULL,
    passed     boolean NOT NULL,
    points     integer NOT NULL,
    attempt    uuid    NOT NULL REFERENCES attempts,
    reached_at timestamptz NOT NULL,
    PRIMARY KEY (course, uid, test),
    FOREIGN KEY (course, uid) REFERENCES users
);

-- What must never happen, whatever a program does: a pass that is taken away.
CREATE FUNCTION guard_best_result() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF OLD.passed AND NOT NEW.passed THEN
        RAISE EXCEPTION 'a passed test never goes back to failed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'best_results_pass_is_final';
    END IF;
    RETURN NEW;
END
$guard$;

CREATE TRIGGER best_results_pass_is_final
    BEFORE UPDATE ON best_results
    FOR EACH ROW EXECUTE FUNCTION guard_best_result();

-- One lease for each student. The chain is the unbroken row of grants.
CREATE TABLE leases (
    course           text    NOT NULL,
    uid              integer NOT NULL,
    source_host      text    NOT NULL,
    source_port      integer NOT NULL,
    chain_started_at timestamptz NOT NULL,
    granted_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    renewals         integer NOT NULL CHECK (renewals >= 0),
    request_id       text    NOT NULL,
    PRIMARY KEY (course, uid),
    FOREIGN KEY (course, uid) REFERENCES users
);

CREATE INDEX leases_from ON leases (course, source_host, granted_at DESC);

-- Answers already given, so that the retry of a registration gets the first one again.
CREATE TABLE registrations (
    course        text    NOT NULL,
    request_id    text    NOT NULL,
    uid           integer NOT NULL,
    answered_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_granted    boolean NOT NULL,
    wait_s        double precision NOT NULL,
    source_host   text    NOT NULL,
    source_port   integer NOT NULL,
    held_for_s    double precision NOT NULL,
    granted_s_ago double precision NOT NULL,
    expires_in_s  double precision NOT NULL,
    renewals      integer NOT NULL,
    PRIMARY KEY (course, request_id)
);

CREATE INDEX registrations_by_age ON registrations (answered_at);

-- What is worth telling but is no attempt: garbled bytes, unknown ids. The newest are kept.
CREATE TABLE incidents (
    number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    course        text    NOT NULL REFERENCES courses,
    happened_at   timestamptz NOT NULL,
    kind          text    NOT NULL,
    detail        text    NOT NULL,
    source_host   text    NOT NULL,
    source_port   integer NOT NULL,
    node          text    NOT NULL,
    listener_port integer NOT NULL,
    uid           integer,
    raw           bytea   NOT NULL
);

CREATE INDEX incidents_newest ON incidents (course, number DESC);
CREATE INDEX incidents_of_user ON incidents (course, uid, number DESC) WHERE uid IS NOT NULL;

-- Node processes and when they were last heard of.
CREATE TABLE nodes (
    course      text NOT NULL REFERENCES courses,
    node        text NOT NULL,
    incarnation text NOT NULL,
    running     integer NOT NULL,
    first_beat  timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_beat   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (course, node, incarnation)
);

-- Identity mode `claimed`: from which addresses a student may act, and until when.
CREATE TABLE claims (
    course     text    NOT NULL,
    uid        integer NOT NULL,
    host       text    NOT NULL,
    until      timestamptz NOT NULL,
    token_hash bytea   NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (course, uid, host),
    FOREIGN KEY (course, uid) REFERENCES users
);

-- The class grid: tries of each student at each test, with the best result if one has counted and
-- the newest attempt if none has. Conditions on course and uid reach the indexes.
CREATE VIEW cells AS
SELECT tries.course, tries.uid, tries.test, tries.closed, tries.running,
       best.passed, best.points, coalesce(best.attempt, newest.id) AS attempt
FROM (
    SELECT course, uid, test, count(verdict) AS closed, count(*) - count(verdict) AS running
    FROM attempts
    GROUP BY course, uid, test
) AS tries
LEFT JOIN best_results AS best
       ON best.course = tries.course AND best.uid = tries.uid AND best.test = tries.test
LEFT JOIN LATERAL (
    SELECT attempts.id
    FROM attempts
    WHERE best.attempt IS NULL
      AND attempts.course = tries.course AND attempts.uid = tries.uid
      AND attempts.test = tries.test
    ORDER BY attempts.started_at DESC, attempts.id DESC
    LIMIT 1
) AS newest ON true;
