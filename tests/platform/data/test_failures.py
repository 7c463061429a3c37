"""Failures say whether something happened, for that decides who may try again."""

import pytest

from holdfast.errors import DefiniteError, HoldfastError, IndefiniteError
from holdfast.platform.data.failures import (
    Busy,
    Conflict,
    ConstraintViolated,
    OutcomeUnknown,
    StatementRejected,
    Unavailable,
)


@pytest.mark.parametrize("kind", [Busy, Conflict, StatementRejected, Unavailable])
def test_nothing_is_left_of_what_failed_definitely(kind: type[HoldfastError]) -> None:
    assert issubclass(kind, DefiniteError)
    assert not issubclass(kind, IndefiniteError)


def test_a_lost_answer_is_never_called_definite() -> None:
    assert issubclass(OutcomeUnknown, IndefiniteError)
    assert not issubclass(OutcomeUnknown, DefiniteError)


def test_a_violated_constraint_names_statement_and_constraint() -> None:
    error = ConstraintViolated("add_pet", "one_pet", "duplicate key")
    assert isinstance(error, DefiniteError)
    assert str(error) == "add_pet: violates one_pet: duplicate key"
    assert (error.statement, error.constraint) == ("add_pet", "one_pet")
