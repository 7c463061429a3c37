"""The law of errors: the peer's fault, the user's mistake and ours are different classes.

Expected outcomes (a failed check, a lease renewed too soon) are return values and never stand here.
An error that crosses a process says whether the thing happened: *definite* (it did not) or
*indefinite* (it may have). Only definite ones are retried without an idempotency key.
"""


class HoldfastError(Exception):
    """Base of every error that Holdfast raises on purpose."""


class Mistake(HoldfastError):
    """A wrong setting, a taken port, a missing file: one sentence that names it. Exit code 2."""


class DefiniteError(HoldfastError):
    """The operation did not happen, and nothing of it is left. Safe to retry."""


class IndefiniteError(HoldfastError):
    """No answer came: the operation may have happened. Retry only with its idempotency key."""
