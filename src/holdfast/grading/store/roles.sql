-- The rights of grading's one process that has any, from nothing: whoever runs this has taken them
-- all away before. {results_api} is its role.

GRANT SELECT, INSERT ON courses TO {results_api};
GRANT SELECT ON cells TO {results_api};
-- Teachers enter, rename and take away students; an attempt holds its student fast.
GRANT SELECT, INSERT, DELETE, UPDATE (name) ON users TO {results_api};
GRANT SELECT, INSERT, UPDATE (version, frozen_at, practice_since) ON plans TO {results_api};
GRANT SELECT, INSERT, DELETE ON deadlines, extensions TO {results_api};
GRANT SELECT, INSERT, DELETE, UPDATE (running, last_beat) ON nodes TO {results_api};
GRANT SELECT, INSERT, DELETE, UPDATE (until, token_hash, claimed_at) ON claims TO {results_api};
GRANT SELECT, INSERT, DELETE ON registrations, incidents TO {results_api};
GRANT SELECT, INSERT, DELETE, UPDATE (
    source_host, source_port, chain_started_at, granted_at, expires_at, renewals, request_id
) ON leases TO {results_api};

GRANT SELECT, INSERT, DELETE, UPDATE (place, size, line, told_at) ON live_rows TO {results_api};

-- An attempt is never taken away, and what it was begun with is never changed; the node that runs
-- it is, when it was lost.
GRANT SELECT, INSERT, UPDATE (
    node, incarnation, moves, opened_at,
    ended_at, closed_at, verdict, is_provisional, reason, points, checks, transcript, teacher_note
) ON attempts TO {results_api};
GRANT SELECT, INSERT, UPDATE (passed, points, attempt, reached_at) ON best_results
    TO {results_api};
