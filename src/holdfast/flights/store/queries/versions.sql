-- Version stamps: what changed of which airline. A reader whose stamps are the same has the newest.

-- name: bump_version
-- One change more of an airline's subject, told to whoever listens once the transaction is through.
WITH bumped AS (
    INSERT INTO versions (airline, subject, version) VALUES ($1, $2, 1)
    ON CONFLICT (airline, subject) DO UPDATE
        SET version = versions.version + 1, changed_at = now()
    RETURNING version
)
SELECT version, pg_notify('flights_versions', concat_ws(' ', $1, $2, version)) FROM bumped;

-- name: all_versions
SELECT airline, subject, version FROM versions LIMIT 100000;
