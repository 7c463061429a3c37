-- The rights of processes that let people in, from nothing: {all} are their roles. Accounts are
-- never removed, and entries of the audit log are only added and read.

GRANT SELECT, INSERT, UPDATE (roles, subject, password, is_disabled) ON accounts TO {all};
GRANT SELECT, INSERT, DELETE, UPDATE (seen_at) ON sessions TO {all};
GRANT SELECT, INSERT, UPDATE (revoked_at, used_at) ON tokens TO {all};
GRANT SELECT, INSERT, DELETE ON sign_ins TO {all};
GRANT SELECT, INSERT, DELETE ON links TO {all};
GRANT SELECT, INSERT, DELETE, UPDATE (tries, last_at) ON tries TO {all};
GRANT SELECT, INSERT ON audit TO {all};
