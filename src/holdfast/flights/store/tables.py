"""The law of where flights' tables are described: scripts, statements and rights lie side by side.

Apart from the statements, which only processes with a database read."""

from pathlib import Path

SCHEMA = "flights"
"""First in the search path of every door to these tables."""
FOLDER = Path(__file__).parent
MIGRATIONS = FOLDER / "migrations"
