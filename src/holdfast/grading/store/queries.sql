-- Every statement of grading. $1 is the course everywhere. Statements that take arrays do the work
-- of many calls at once; they touch rows in the order of their keys, so that two of them never
-- wait for each other in a circle.

-- name: ensure_course
INSERT INTO courses (course) VALUES ($1) ON CONFLICT (course) DO NOTHING;

-- name: ping
SELECT 1;

-- name: identify
-- Which of the (uid, host) pairs are students, and whether the host holds a claim on the uid.
SELECT asked.position - 1 AS position, users.name,
       EXISTS (
           SELECT FROM claims
           WHERE claims.course = $1 AND claims.uid = asked.uid AND claims.host = asked.host
             AND claims.until > clock_timestamp()
       ) AS is_claimed
FROM unnest($2::integer[], $3::text[]) WITH ORDINALITY AS asked (uid, host, position)
JOIN users ON users.course = $1 AND users.uid = asked.uid;

-- name: known_users
SELECT uid FROM users WHERE course = $1 AND uid = ANY ($2::integer[]);

-- name: remembered_registrations
-- Answers that were already given to these requests.
SELECT request_id, uid, is_granted, wait_s, source_host, source_port,
       held_for_s, granted_s_ago, expires_in_s, renewals
FROM registrations
WHERE course = $1 AND request_id = ANY ($2::text[]);

-- name: grant_leases
-- New or renewed leases; a row that was granted less than $7 seconds ago stays as it is. Each uid
-- may be there once. Time is this statement's own reading of the clock.
INSERT INTO leases AS held (
    course, uid, source_host, source_port, chain_started_at, granted_at, expires_at, renewals,
    request_id
)
SELECT $1::text, asked.uid, asked.host, asked.port, moment.now, moment.now,
       moment.now + make_interval(secs => $6), 0, asked.request_id
FROM unnest($2::integer[], $3::text[], $4::integer[], $5::text[])
         AS asked (uid, host, port, request_id),
     (SELECT clock_timestamp() AS now) AS moment
ORDER BY asked.uid
ON CONFLICT (course, uid) DO UPDATE SET
    source_host = excluded.source_host,
    source_port = excluded.source_port,
    chain_started_at = CASE WHEN held.expires_at > excluded.granted_at
        THEN held.chain_started_at ELSE excluded.granted_at END,
    renewals = CASE WHEN held.expires_at > excluded.granted_at THEN held.renewals + 1 ELSE 0 END,
    granted_at = excluded.granted_at,
    expires_at = excluded.expires_at,
    request_id = excluded.request_id
WHERE held.granted_at + make_interval(secs => $7) <= excluded.granted_at;

-- name: answer_registrations
-- Write down and return what each request is answered: granted if the lease is its own, otherwise
-- how long it must wait ($4: minimum distance in seconds).
INSERT INTO registrations (
    course, request_id, uid, is_granted, wait_s, source_host, source_port,
    held_for_s, granted_s_ago, expires_in_s, renewals
)
SELECT $1::text, asked.request_id, held.uid, held.request_id = asked.request_id,
       greatest(0.001, extract(epoch FROM held.granted_at - moment.now)::float8 + $4::float8),
       held.source_host, held.source_port,
       extract(epoch FROM moment.now - held.chain_started_at)::float8,
       extract(epoch FROM moment.now - held.granted_at)::float8,
       extract(epoch FROM held.expires_at - moment.now)::float8,
       held.renewals
FROM unnest($2::integer[], $3::text[]) AS asked (uid, request_id)
JOIN leases AS held ON held.course = $1 AND held.uid = asked.uid,
     (SELECT clock_timestamp() AS now) AS moment
ON CONFLICT (course, request_id) DO NOTHING
RETURNING request_id, uid, is_granted, wait_s, source_host, source_port,
          held_for_s, granted_s_ago, expires_in_s, renewals;

-- name: leases_of
-- The last leases of these students, active or not.
SELECT uid, source_host, source_port, renewals,
       extract(epoch FROM clock_timestamp() - chain_started_at)::float8 AS held_for_s,
       extract(epoch FROM clock_timestamp() - granted_at)::float8 AS granted_s_ago,
       extract(epoch FROM expires_at - clock_timestamp())::float8 AS expires_in_s
FROM leases
WHERE course = $1 AND uid = ANY ($2::integer[]);

-- name: leases_from
-- Active leases that were registered from one address.
SELECT uid, source_host, source_port, renewals,
       extract(epoch FROM clock_timestamp() - chain_started_at)::float8 AS held_for_s,
       extract(epoch FROM clock_timestamp() - granted_at)::float8 AS granted_s_ago,
       extract(epoch FROM expires_at - clock_timestamp())::float8 AS expires_in_s
FROM leases
WHERE course = $1 AND source_host = $2 AND expires_at > clock_timestamp()
ORDER BY granted_at DESC, uid
LIMIT $3;

-- name: open_attempts
-- Practice is what its node or this course calls so. Returns the attempts that were new, or have
-- moved to another node.
INSERT INTO attempts AS held (
    course, id, uid, test, seed, source_host, source_port, node, incarnation, started_at, moves,
    is_practice
)
SELECT $1::text, id, uid, test, seed, source_host, source_port, node, incarnation, started_at,
       moves, is_practice OR EXISTS (
           SELECT FROM plans WHERE course = $1 AND practice_since IS NOT NULL
       )
FROM unnest(
    $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[],
    $9::text[], $10::timestamptz[], $11::integer[], $12::boolean[]
) AS asked (
    id, uid, test, seed, source_host, source_port, node, incarnation, started_at, moves, is_practice
)
ORDER BY asked.id
ON CONFLICT (id) DO UPDATE SET
    node = excluded.node,
    incarnation = excluded.incarnation,
    moves = excluded.moves,
    opened_at = excluded.opened_at,
    ended_at = NULL,
    closed_at = NULL,
    verdict = NULL,
    is_provisional = false,
    reason = ''
WHERE held.moves < excluded.moves AND (held.verdict IS NULL OR held.is_provisional)
RETURNING id, uid, test;

-- name: close_attempts
-- Close attempts that are open, provisionally closed or not even known, and keep the best results.
-- A node whose attempt has moved away meanwhile closes nothing.
-- Returns those that were closed now; the others were closed before (see `receipts`).
WITH closed AS (
    INSERT INTO attempts AS held (
        course, id, uid, test, seed, source_host, source_port, node, incarnation, started_at,
        moves, is_practice, ended_at, verdict, reason, points, checks, transcript, teacher_note,
        closed_at
    )
    SELECT $1::text, asked.*, clock_timestamp()
    FROM unnest(
        $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[],
        $9::text[], $10::timestamptz[], $11::integer[], $12::boolean[], $13::timestamptz[],
        $14::text[], $15::text[], $16::integer[], $17::jsonb[], $18::bytea[], $19::text[]
    ) AS asked (
        id, uid, test, seed, source_host, source_port, node, incarnation, started_at,
        moves, is_practice, ended_at, verdict, reason, points, checks, transcript, teacher_note
    )
    ORDER BY asked.id
    ON CONFLICT (id) DO UPDATE SET
        ended_at = excluded.ended_at,
        verdict = excluded.verdict,
        reason = excluded.reason,
        points = excluded.points,
        checks = excluded.checks,
        transcript = excluded.transcript,
        teacher_note = excluded.teacher_note,
        closed_at = excluded.closed_at,
        is_provisional = false,
        node = excluded.node,
        incarnation = excluded.incarnation,
        moves = excluded.moves
    WHERE (held.verdict IS NULL OR held.is_provisional) AND held.moves <= excluded.moves
    RETURNING held.id, held.uid, held.test, held.verdict, held.points, held.ended_at,
              held.is_practice
),
counted AS (
    SELECT DISTINCT ON (uid, test) uid, test, verdict = 'pass' AS passed, points, id, ended_at
    FROM closed
    WHERE verdict IN ('pass', 'fail') AND NOT is_practice
    ORDER BY uid, test, verdict = 'pass' DESC, points DESC, ended_at, id
),
bettered AS (
    INSERT INTO best_results AS best (course, uid, test, passed, points, attempt, reached_at)
    SELECT $1::text, uid, test, passed, points, id, ended_at FROM counted ORDER BY uid, test
    ON CONFLICT (course, uid, test) DO UPDATE SET
        passed = excluded.passed,
        points = excluded.points,
        attempt = excluded.attempt,
        reached_at = excluded.reached_at
    WHERE (excluded.passed, excluded.points) > (best.passed, best.points)
    RETURNING best.attempt
)
SELECT closed.id, closed.uid, closed.test, closed.verdict, bettered.attempt IS NOT NULL AS is_best
FROM closed
LEFT JOIN bettered ON bettered.attempt = closed.id;

-- name: receipts
-- What the store holds for attempts that were closed before.
SELECT attempts.id, attempts.verdict, best.attempt IS NOT NULL AS is_best
FROM attempts
LEFT JOIN best_results AS best
       ON best.course = attempts.course AND best.uid = attempts.uid
      AND best.test = attempts.test AND best.attempt = attempts.id
WHERE attempts.course = $1 AND attempts.id = ANY ($2::uuid[]) AND attempts.verdict IS NOT NULL;

-- name: notify
-- Tell live listeners, when the transaction commits.
SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload;

-- name: report_incidents
INSERT INTO incidents (
    course, happened_at, kind, detail, source_host, source_port, node, listener_port, uid, raw
)
SELECT $1::text, asked.*
FROM unnest(
    $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[],
    $8::integer[], $9::integer[], $10::bytea[]
) AS asked (happened_at, kind, detail, source_host, source_port, node, listener_port, uid, raw);

-- name: beat
INSERT INTO nodes AS held (course, node, incarnation, running)
SELECT $1::text, asked.node, asked.incarnation, asked.running
FROM unnest($2::text[], $3::text[], $4::integer[]) AS asked (node, incarnation, running)
ORDER BY asked.node, asked.incarnation
ON CONFLICT (course, node, incarnation)
DO UPDATE SET running = excluded.running, last_beat = clock_timestamp();

-- name: note_progress
-- Checks of attempts that go on, told by the process that runs them; an attempt that is being closed
-- at this moment is not waited for. Returns those that changed.
WITH due AS (
    SELECT attempts.id, asked.checks
    FROM unnest($2::uuid[], $3::text[], $4::jsonb[]) AS asked (id, incarnation, checks)
    JOIN attempts ON attempts.course = $1 AND attempts.id = asked.id
                 AND attempts.incarnation = asked.incarnation
    WHERE attempts.verdict IS NULL AND attempts.checks <> asked.checks
    ORDER BY attempts.id
    FOR UPDATE OF attempts SKIP LOCKED
)
UPDATE attempts SET checks = due.checks FROM due WHERE attempts.id = due.id
RETURNING attempts.id, attempts.uid, attempts.test;

-- name: note_rows
-- Lines of conversations that go on ($5 to $10), told by the process that runs the attempt. Lines
-- at or beyond what it has ($2 to $4) are of a process before it, which was lost.
WITH due AS (
    SELECT attempts.id, attempts.uid, attempts.incarnation, asked.entries
    FROM unnest($2::uuid[], $3::text[], $4::integer[]) AS asked (id, incarnation, entries)
    JOIN attempts ON attempts.course = $1 AND attempts.id = asked.id
                 AND attempts.incarnation = asked.incarnation
    WHERE attempts.verdict IS NULL
),
gone AS (
    DELETE FROM live_rows USING due
    WHERE live_rows.attempt = due.id AND live_rows.number >= due.entries
),
kept AS (
    INSERT INTO live_rows AS held (attempt, number, place, size, line)
    SELECT due.id, asked.number, asked.place, asked.size, asked.line
    FROM unnest($5::uuid[], $6::text[], $7::integer[], $8::integer[], $9::integer[], $10::text[])
         AS asked (id, incarnation, number, place, size, line)
    JOIN due ON due.id = asked.id AND due.incarnation = asked.incarnation
    WHERE asked.number < due.entries
    ORDER BY due.id, asked.number
    ON CONFLICT (attempt, number) DO UPDATE SET
        place = excluded.place, size = excluded.size, line = excluded.line, told_at = excluded.told_at
    WHERE held.line <> excluded.line
)
SELECT DISTINCT due.id, due.uid FROM due;

-- name: live_rows
-- What was told of an attempt's conversation.
SELECT number, place, size, line FROM live_rows WHERE attempt = $1 ORDER BY number;

-- name: users
SELECT uid, name FROM users WHERE course = $1 ORDER BY uid;

-- name: user
SELECT uid, name FROM users WHERE course = $1 AND uid = $2;

-- name: users_of
SELECT uid, name FROM users WHERE course = $1 AND uid = ANY ($2::integer[]) ORDER BY uid;

-- name: online
-- Students with an active lease or a running attempt.
SELECT uid, name
FROM users
WHERE course = $1
  AND uid IN (
      SELECT uid FROM leases WHERE course = $1 AND expires_at > clock_timestamp()
      UNION
      SELECT uid FROM attempts WHERE course = $1 AND verdict IS NULL
  )
ORDER BY uid;

-- name: best_results
-- Of one student, or of all when $2 is null.
SELECT uid, test, passed, points, attempt, reached_at
FROM best_results
WHERE course = $1 AND ($2::integer IS NULL OR uid = $2)
ORDER BY uid, test;

-- name: cells
-- The class grid, whole.
SELECT uid, test, closed, running, passed, points, attempt
FROM cells
WHERE course = $1
ORDER BY uid, test;

-- name: cells_of
-- The class grid's lines of some students.
SELECT uid, test, closed, running, passed, points, attempt
FROM cells
WHERE course = $1 AND uid = ANY ($2::integer[])
ORDER BY uid, test;

-- name: attempts
-- A student's attempts, newest first, at most $3, older than the attempt $4 unless it is null.
SELECT id, uid, test, verdict, checks, reason, started_at, ended_at, node, source_host, source_port,
       is_practice
FROM attempts
WHERE course = $1 AND uid = $2
  AND ($4::uuid IS NULL
       OR (started_at, id) < (
           SELECT edge.started_at, edge.id FROM attempts AS edge
           WHERE edge.course = $1 AND edge.id = $4
       ))
ORDER BY started_at DESC, id DESC
LIMIT $3;

-- name: attempt
SELECT id, uid, test, verdict, checks, reason, started_at, ended_at, node, source_host, source_port,
       is_practice, seed, transcript, teacher_note
FROM attempts
WHERE course = $1 AND id = $2;

-- name: incidents
-- Newest first, of one student or of everybody when $2 is null.
SELECT happened_at, kind, detail, source_host, source_port, node, listener_port, uid, raw
FROM incidents
WHERE course = $1 AND ($2::integer IS NULL OR uid = $2)
ORDER BY number DESC
LIMIT $3;

-- name: import_users
-- Add or rename; returns what was done to each row that changed.
INSERT INTO users AS held (course, uid, name)
SELECT $1::text, asked.uid, asked.name
FROM unnest($2::integer[], $3::text[]) AS asked (uid, name)
ORDER BY asked.uid
ON CONFLICT (course, uid) DO UPDATE SET name = excluded.name WHERE held.name <> excluded.name
RETURNING (xmax = 0) AS is_added;

-- name: claim
INSERT INTO claims AS held (course, uid, host, until, token_hash)
SELECT $1::text, users.uid, $3, clock_timestamp() + make_interval(secs => $4), $5
FROM users
WHERE users.course = $1 AND users.uid = $2
ON CONFLICT (course, uid, host) DO UPDATE SET
    until = excluded.until, token_hash = excluded.token_hash, claimed_at = excluded.claimed_at
RETURNING until;

-- name: drop_oldest_claims
-- Keep the $3 newest claims of a student.
DELETE FROM claims
WHERE course = $1 AND uid = $2
  AND host NOT IN (
      SELECT host FROM claims
      WHERE course = $1 AND uid = $2
      ORDER BY claimed_at DESC
      LIMIT $3
  );

-- name: claims_of
SELECT host, until
FROM claims
WHERE course = $1 AND uid = $2 AND until > clock_timestamp()
ORDER BY claimed_at DESC;

-- name: reap
-- Close attempts whose node has been silent for $2 seconds, provisionally. Two reapers share the
-- work; a close by the node that comes at the same moment is not waited for.
WITH lost AS (
    SELECT attempts.id
    FROM attempts
    LEFT JOIN nodes USING (course, node, incarnation)
    WHERE attempts.course = $1
      AND attempts.verdict IS NULL
      AND greatest(attempts.opened_at, nodes.last_beat)
          < clock_timestamp() - make_interval(secs => $2)
    ORDER BY attempts.id
    LIMIT $4
    FOR UPDATE OF attempts SKIP LOCKED
)
UPDATE attempts SET
    verdict = 'infrastructure',
    is_provisional = true,
    reason = $3,
    ended_at = clock_timestamp(),
    closed_at = clock_timestamp()
FROM lost
WHERE attempts.id = lost.id
RETURNING attempts.id, attempts.uid, attempts.test, attempts.verdict;

-- name: prune_incidents
-- Keep the $2 newest.
DELETE FROM incidents
WHERE course = $1
  AND number <= (
      SELECT number FROM incidents WHERE course = $1 ORDER BY number DESC OFFSET $2 LIMIT 1
  );

-- name: prune_registrations
DELETE FROM registrations
WHERE course = $1 AND answered_at < clock_timestamp() - make_interval(secs => $2);

-- name: prune_claims
DELETE FROM claims WHERE course = $1 AND until < clock_timestamp();

-- name: prune_nodes
DELETE FROM nodes
WHERE course = $1 AND last_beat < clock_timestamp() - make_interval(secs => $2);

-- name: clear_rows
-- Lines of attempts that have a transcript, and old ones of those that will have none.
DELETE FROM live_rows USING attempts
WHERE attempts.course = $1 AND attempts.id = live_rows.attempt AND attempts.verdict IS NOT NULL
  AND (NOT attempts.is_provisional
       OR live_rows.told_at < clock_timestamp() - make_interval(secs => $2));

-- name: remove_users
-- Students without an attempt, with what hangs on them; returns who is gone.
WITH gone AS (
    SELECT users.uid FROM users
    WHERE users.course = $1 AND users.uid = ANY ($2::integer[])
      AND NOT EXISTS (
          SELECT FROM attempts WHERE attempts.course = $1 AND attempts.uid = users.uid
      )
),
no_leases AS (DELETE FROM leases USING gone WHERE leases.course = $1 AND leases.uid = gone.uid),
no_claims AS (DELETE FROM claims USING gone WHERE claims.course = $1 AND claims.uid = gone.uid),
no_extensions AS (
    DELETE FROM extensions USING gone WHERE extensions.course = $1 AND extensions.uid = gone.uid
)
DELETE FROM users USING gone WHERE users.course = $1 AND users.uid = gone.uid RETURNING users.uid;

-- name: who_attempted
-- Which of these students have an attempt.
SELECT users.uid FROM users
WHERE users.course = $1 AND users.uid = ANY ($2::integer[])
  AND EXISTS (SELECT FROM attempts WHERE attempts.course = $1 AND attempts.uid = users.uid);

-- name: ensure_plan
INSERT INTO plans (course) VALUES ($1) ON CONFLICT (course) DO NOTHING;

-- name: plan
SELECT version, frozen_at FROM plans WHERE course = $1;

-- name: practice_since
SELECT practice_since FROM plans WHERE course = $1;

-- name: set_practice
UPDATE plans SET practice_since = CASE
    WHEN $2::boolean THEN coalesce(practice_since, clock_timestamp())
END
WHERE course = $1 RETURNING practice_since;

-- name: next_plan
-- The version after $2, unless somebody was faster.
UPDATE plans SET version = version + 1 WHERE course = $1 AND version = $2 RETURNING version;

-- name: deadlines
SELECT test, due_at, grace_s, late_percent_per_day FROM deadlines WHERE course = $1 ORDER BY test;

-- name: extensions
-- Of one student, or of all when $2 is null.
SELECT uid, test, due_at
FROM extensions
WHERE course = $1 AND ($2::integer IS NULL OR uid = $2)
ORDER BY uid, test;

-- name: forget_deadlines
DELETE FROM deadlines WHERE course = $1;

-- name: forget_extensions
DELETE FROM extensions WHERE course = $1;

-- name: set_deadlines
INSERT INTO deadlines (course, test, due_at, grace_s, late_percent_per_day)
SELECT $1::text, asked.*
FROM unnest($2::text[], $3::timestamptz[], $4::integer[], $5::integer[])
         AS asked (test, due_at, grace_s, late_percent_per_day);

-- name: set_extensions
INSERT INTO extensions (course, uid, test, due_at)
SELECT $1::text, asked.*
FROM unnest($2::integer[], $3::text[], $4::timestamptz[]) AS asked (uid, test, due_at);

-- name: set_freeze
-- Freeze now, or let go; a board that is frozen stays as it is.
UPDATE plans
SET frozen_at = CASE WHEN $2::boolean THEN coalesce(frozen_at, clock_timestamp()) END
WHERE course = $1
RETURNING frozen_at;

-- name: milestones
-- The first attempt of a student at a test that came to so many points; of one student, or of all
-- when $2 is null; closed by $3, unless that is null.
SELECT uid, test, verdict = 'pass' AS passed, points, min(started_at) AS started_at
FROM attempts
WHERE course = $1 AND verdict IN ('pass', 'fail') AND NOT is_practice
  AND ($2::integer IS NULL OR uid = $2)
  AND ($3::timestamptz IS NULL OR closed_at <= $3)
GROUP BY uid, test, verdict = 'pass', points
ORDER BY uid, test, started_at;

-- name: failures
-- Who has failed a test and not passed it: the newest failed attempt, the check it failed first.
SELECT newest.id, newest.uid, newest.test, coalesce(failed.name, '') AS check_name,
       coalesce(nullif(failed.hint, ''), newest.reason) AS hint
FROM (
    SELECT DISTINCT ON (attempts.uid, attempts.test)
           attempts.id, attempts.uid, attempts.test, attempts.reason, attempts.checks
    FROM best_results AS best
    JOIN attempts ON attempts.course = best.course AND attempts.uid = best.uid
                 AND attempts.test = best.test AND attempts.verdict = 'fail' AND NOT attempts.is_practice
    WHERE best.course = $1 AND NOT best.passed
    ORDER BY attempts.uid, attempts.test, attempts.started_at DESC, attempts.id DESC
    LIMIT $2
) AS newest
LEFT JOIN LATERAL (
    SELECT one.value ->> 'name' AS name, one.value ->> 'hint' AS hint
    FROM jsonb_array_elements(newest.checks) WITH ORDINALITY AS one (value, place)
    WHERE one.value ->> 'state' = 'fail'
    ORDER BY one.place
    LIMIT 1
) AS failed ON true
ORDER BY newest.test, newest.uid;

-- name: node_states
-- Each node's newest process, at most $2.
SELECT node, running, silent_s, up_s
FROM (
    SELECT DISTINCT ON (node) node, running,
           extract(epoch FROM clock_timestamp() - last_beat)::float8 AS silent_s,
           extract(epoch FROM clock_timestamp() - first_beat)::float8 AS up_s
    FROM nodes
    WHERE course = $1
    ORDER BY node, last_beat DESC
) AS newest
ORDER BY node
LIMIT $2;

-- name: running_now
-- Tests that run now: how many attempts, and for how long the oldest.
SELECT test, count(*) AS running,
       extract(epoch FROM clock_timestamp() - min(opened_at))::float8 AS longest_s
FROM attempts
WHERE course = $1 AND verdict IS NULL
GROUP BY test
ORDER BY test;

-- name: recent
-- Attempts that were opened in the last $2 seconds, by verdict (null: running), and how long the
-- store let them wait for their receipt.
SELECT verdict, count(*) AS attempts,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_s) AS usual_wait_s,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY wait_s) AS long_wait_s
FROM (
    SELECT verdict, CASE WHEN closed_at IS NOT NULL
               THEN greatest(0, extract(epoch FROM closed_at - ended_at))::float8 END AS wait_s
    FROM attempts
    WHERE course = $1 AND opened_at > clock_timestamp() - make_interval(secs => $2)
) AS young
GROUP BY verdict
ORDER BY verdict;

-- name: leader
-- The server that this question reached, and how many copy from it.
SELECT coalesce(host(inet_server_addr()), 'this machine') AS host,
       current_setting('server_version') AS version,
       pg_is_in_recovery() AS is_replica,
       (SELECT count(*) FROM pg_stat_replication) AS replicas,
       extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS up_s;
