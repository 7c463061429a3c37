"""The embedded server's fixtures for the tests of this room."""

from tests.support.postgres import database, dsn, postgres

__all__ = ["database", "dsn", "postgres"]
