"""A database of the test's own."""

from tests.support.postgres import dsn as dsn  # noqa: PLC0414  fixtures of this folder
from tests.support.postgres import postgres as postgres  # noqa: PLC0414
