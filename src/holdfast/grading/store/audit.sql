-- The auditor's assertions on the course $1. Each gives one row: how many things were checked, how
-- many are wrong, and a few examples ($2 of them). All run in one read-only transaction.

-- name: now
SELECT clock_timestamp();

-- name: best_results_are_attempts
-- A best result repeats a verdict of a node: the same student and test, verdict, points and time.
WITH wrong AS (
    SELECT best.uid || ' ' || best.test || ': ' || best.attempt || ' is '
           || coalesce(held.verdict, 'open') || ' with ' || held.points || ' points' AS example
    FROM best_results AS best JOIN attempts AS held ON held.id = best.attempt
    WHERE best.course = $1 AND NOT coalesce(
        held.course = best.course AND held.uid = best.uid AND held.test = best.test
        AND held.verdict = CASE WHEN best.passed THEN 'pass' ELSE 'fail' END
        AND held.points = best.points AND held.ended_at = best.reached_at
        AND NOT held.is_provisional, false)
)
SELECT (SELECT count(*) FROM best_results WHERE course = $1) AS checked,
       (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $2) AS examples;

-- name: best_results_are_best
-- Every attempt that counts has a best result of its student and test, which it does not beat.
WITH wrong AS (
    SELECT held.id || ' is a ' || held.verdict || ' with ' || held.points || ' points, counted is '
           || coalesce(best.attempt::text, 'nothing') AS example
    FROM attempts AS held LEFT JOIN best_results AS best
      ON best.course = held.course AND best.uid = held.uid AND best.test = held.test
    WHERE held.course = $1 AND held.verdict IN ('pass', 'fail') AND NOT held.is_practice
      AND (best.attempt IS NULL
           OR (held.verdict = 'pass', held.points) > (best.passed, best.points))
)
SELECT (SELECT count(*) FROM attempts WHERE course = $1 AND verdict IN ('pass', 'fail')) AS checked,
       (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $2) AS examples;

-- name: open_attempts_have_a_node
-- An open attempt is younger than $3 seconds, or its node was heard of since.
WITH wrong AS (
    SELECT held.id || ' of ' || held.uid || ' is open since ' || held.opened_at || ' on '
           || held.node AS example
    FROM attempts AS held LEFT JOIN nodes
      ON nodes.course = held.course AND nodes.node = held.node
     AND nodes.incarnation = held.incarnation
    WHERE held.course = $1 AND held.verdict IS NULL
      AND greatest(held.opened_at, nodes.last_beat)
          < clock_timestamp() - make_interval(secs => $3)
)
SELECT (SELECT count(*) FROM attempts WHERE course = $1 AND verdict IS NULL) AS checked,
       (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $2) AS examples;

-- name: closed_attempts_are_whole
-- A closed attempt tells why: a verdict by its checks or its reason; and it was closed after it was
-- opened (both are written by one statement when they come together, a moment apart).
WITH wrong AS (
    SELECT id || ' is ' || verdict || ' and tells no reason' AS example FROM attempts
    WHERE course = $1 AND verdict IS NOT NULL AND verdict <> 'pass'
      AND reason = '' AND checks = '[]'
    UNION ALL
    SELECT id || ' was closed before it was opened' FROM attempts
    WHERE course = $1 AND closed_at < opened_at - interval '1 second'
)
SELECT (SELECT count(*) FROM attempts WHERE course = $1 AND verdict IS NOT NULL) AS checked,
       (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $2) AS examples;

-- name: leases_were_granted
-- A lease has its times in order, and the answer to its registration, while that is remembered,
-- says the same.
WITH wrong AS (
    SELECT held.uid || ' has a lease of ' || held.request_id || ' that was not granted so'
               AS example
    FROM leases AS held JOIN registrations AS answer
      ON answer.course = held.course AND answer.request_id = held.request_id
    WHERE held.course = $1
      AND NOT (answer.is_granted AND answer.uid = held.uid
               AND answer.source_host = held.source_host AND answer.renewals = held.renewals)
    UNION ALL
    SELECT uid || ' has a lease that ended before it began' FROM leases
    WHERE course = $1 AND NOT (chain_started_at <= granted_at AND granted_at < expires_at)
)
SELECT (SELECT count(*) FROM leases WHERE course = $1) AS checked,
       (SELECT count(*) FROM wrong) AS wrong,
       ARRAY(SELECT example FROM wrong ORDER BY 1 LIMIT $2) AS examples;
