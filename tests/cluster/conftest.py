"""Clusters are shared by the tests of a module, and healthy when a test begins."""

from collections.abc import Iterator

import pytest

from tests.support.clusters import (
    RealCluster,
    cluster_here,
    cluster_in_namespaces,
    folder_for_cluster,
)

LAST_BYTES = 6000


@pytest.fixture(scope="module")
def _here() -> Iterator[RealCluster]:
    with folder_for_cluster() as data, cluster_here(data) as running:
        yield running


@pytest.fixture
def cluster(_here: RealCluster) -> RealCluster:
    """A healthy cluster on loopback, with observers."""
    _here.wait_healthy()
    return _here


@pytest.fixture(scope="module")
def _apart() -> Iterator[RealCluster]:
    with folder_for_cluster() as data, cluster_in_namespaces(data) as running:
        yield running


@pytest.fixture
def cluster_apart(_apart: RealCluster) -> RealCluster:
    """A healthy cluster whose members' lines can be cut."""
    _apart.wait_healthy()
    return _apart


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> "pytest.TestReport":
    """A failed test shows the last words of its cluster."""
    report: pytest.TestReport = yield
    if report.failed and isinstance(item, pytest.Function):
        for value in item.funcargs.values():
            if isinstance(value, RealCluster):
                data = value.plan.data
                for log in sorted([*data.rglob("*.log")]):
                    last = log.read_bytes()[-LAST_BYTES:].decode(errors="replace")
                    report.sections.append((log.name, f"{log}\n{last}"))
    return report
