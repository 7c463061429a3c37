-- Whether anybody used this database before.

-- name: is_unused
SELECT NOT EXISTS (SELECT FROM api_tokens) AND NOT EXISTS (SELECT FROM deliveries);
