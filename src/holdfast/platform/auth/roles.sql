-- The rights of processes that let people in, from nothing: {inside} are their roles. {front} are
-- those, and the roles of processes where people only log in with a password. Accounts are never
-- removed, and entries of the audit log are only added and read; {all} are all of them, and the
-- roles of processes that only write down what was done.

GRANT SELECT, UPDATE (password) ON accounts TO {front};
GRANT INSERT, UPDATE (roles, subject, is_disabled) ON accounts TO {inside};
GRANT SELECT, INSERT, DELETE, UPDATE (seen_at) ON sessions TO {front};
GRANT SELECT, INSERT, UPDATE (revoked_at, used_at) ON tokens TO {inside};
GRANT SELECT, INSERT, DELETE ON sign_ins TO {inside};
GRANT SELECT, INSERT, DELETE ON links TO {inside};
GRANT SELECT, INSERT, DELETE, UPDATE (tries, last_at) ON tries TO {front};
GRANT SELECT ON audit TO {inside};
GRANT INSERT ON audit TO {all};
