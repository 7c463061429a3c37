"""A process takes the files it may have, and promises no more clients than that."""

import resource

import pytest

from holdfast.platform.runtime.descriptors import clients_within, raised


def test_the_soft_limit_is_raised_to_the_hard_one(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [(64, 100)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, fresh: limits.append(fresh))
    assert raised() == 100
    assert limits[-1] == (100, 100)
    assert raised() == 100
    assert len(limits) == 2, "what is had is not asked for again"


def test_where_nobody_limits_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _: endless)
    assert raised() is None


@pytest.mark.parametrize(
    ("limit", "apart", "each", "clients"),
    [(20_000, 1_088, 2, 9_456), (20_000, 512, 1, 19_488), (100, 1_000, 2, 37), (1, 0, 2, 1)],
)
def test_what_a_limit_admits_is_arithmetic(limit: int, apart: int, each: int, clients: int) -> None:
    assert clients_within(limit, apart=apart, each=each) == clients
