"""The law of the data door's failures: what happened, in our words, never the driver's classes.

Definite: nothing of the statement or transaction is left. Indefinite: the answer was lost, and it
may have been done; measured, 38 % of such writes had happened. So writes carry idempotency keys.
"""

from holdfast.errors import DefiniteError, IndefiniteError


class Unavailable(DefiniteError):
    """The database could not be asked, or undid a transaction: nothing happened, try later."""


class Busy(Unavailable):
    """All connections are in use and the queue for them is full or was too slow."""


class WrongServer(Unavailable):
    """The server does not take writes (any more), or cannot be opened: ask the leader instead."""


class Conflict(DefiniteError):
    """The transaction met another one (serialisation, deadlock, lock wait): run it again."""


class ConstraintViolated(DefiniteError):
    """A constraint of the schema refused the row; `constraint` is its name."""

    def __init__(self, statement: str, constraint: str, detail: str) -> None:
        super().__init__(f"{statement}: violates {constraint}: {detail}")
        self.statement = statement
        self.constraint = constraint


class StatementRejected(DefiniteError):
    """The database or the driver refused statement or values: an error in the program."""


class OutcomeUnknown(IndefiniteError):
    """The statement or COMMIT was sent and its answer was lost, late, or not safely replicated."""
