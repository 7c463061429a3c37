"""The law of where grading's tables are described: scripts, statements and rights lie side by side.

Apart from the statements, which only processes with a database read."""

from pathlib import Path

FOLDER = Path(__file__).parent
MIGRATIONS = FOLDER / "migrations"
