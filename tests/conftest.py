"""What all tests share: in CI a skip is a failure unless its reason is expected there."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import memory_folder

# Shared by several test files, so it has to be told before anybody imports it.
pytest.register_assert_rewrite("tests.grading.store.contract")

# Before pytest makes its folders; its workers are told by the variable.
memory_folder.use()

IS_CI = os.environ.get("CI") == "true"

# Properties judge behaviour, never speed; CI tries the same examples every time, people new ones.
settings.register_profile(
    "holdfast",
    deadline=None,
    derandomize=IS_CI,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("holdfast")

EXPECTED_SKIPS: tuple[str, ...] = ()
"""Reasons for which even CI may skip. Empty: CI installs all that the tests need."""


_STARTS_PROCESSES = ("processes", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that may take longest begin first, or one worker would end long after the others."""
    first: dict[Path, tuple[float, bool]] = {}
    for item in items:
        first[item.path] = min(first.get(item.path, (0.0, True)), _haste(item))
    items.sort(key=lambda item: first[item.path])


def _haste(item: pytest.Item) -> tuple[float, bool]:
    limit = item.get_closest_marker("timeout")
    most_s = float(limit.args[0]) if limit is not None and limit.args else 0.0
    return -most_s, not any(item.get_closest_marker(name) for name in _STARTS_PROCESSES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> "pytest.TestReport":
    """Turn an unexpected skip into a failure when CI runs the tests."""
    report: pytest.TestReport = yield
    if report.skipped and IS_CI and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(expected in reason for expected in EXPECTED_SKIPS):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} may not be skipped in CI: {reason}"
    return report
