"""Both stores are `People`, whole."""

import inspect

from holdfast.platform.auth import ports
from holdfast.platform.auth.memory import MemoryPeople
from holdfast.platform.auth.ports import People
from holdfast.platform.auth.postgres import PostgresPeople


def test_both_stores_have_every_method_with_the_same_arguments() -> None:
    wanted = {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(People, inspect.isfunction)
        if not name.startswith("_")
    }
    assert len(wanted) > 20
    for store in (MemoryPeople, PostgresPeople):
        for name, signature in wanted.items():
            assert inspect.signature(getattr(store, name)) == signature, name


def test_answers_are_bounded() -> None:
    assert ports.MAX_LISTED <= 1000 >= ports.MAX_SWEPT
