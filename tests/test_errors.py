"""Errors say whether the thing happened, and whose fault it was."""

from holdfast.errors import DefiniteError, HoldfastError, IndefiniteError, Mistake


def test_the_classes_of_errors_do_not_overlap() -> None:
    kinds = (Mistake, DefiniteError, IndefiniteError)
    for kind in kinds:
        assert issubclass(kind, HoldfastError)
        assert not any(issubclass(kind, other) for other in kinds if other is not kind)
