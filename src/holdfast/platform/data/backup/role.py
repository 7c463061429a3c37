"""The law of the role that takes backups: it may copy the server's files and nothing else.

Its password is in `<data>/backup.password`, made when the server is first started, and anew when
the file is gone (a restored copy has none).
"""

from pathlib import Path

BACKUP_ROLE = "holdfast_backup"


def backup_password_file(data: Path) -> Path:
    """Where the embedded server's password of the role is."""
    return data / "backup.password"


def role_sql(password: str) -> str:
    """One statement a line, for a server in single-user mode: the role with this password."""
    there = f"SELECT FROM pg_roles WHERE rolname = '{BACKUP_ROLE}'"
    return (
        f"DO $$ BEGIN IF NOT EXISTS ({there}) THEN CREATE ROLE {BACKUP_ROLE}; END IF; END $$\n"
        f"ALTER ROLE {BACKUP_ROLE} LOGIN REPLICATION PASSWORD '{password}'\n"
    )
