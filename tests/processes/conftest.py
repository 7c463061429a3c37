"""A failed test shows the last words of the fleets it used."""

import pytest

from tests.support.fleet import Fleet

LAST_LINES = 60


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> "pytest.TestReport":
    report: pytest.TestReport = yield
    if report.failed and isinstance(item, pytest.Function):
        for name, value in item.funcargs.items():
            used = getattr(value, "fleet", value)
            if isinstance(used, Fleet):
                last = "\n".join(used.lines[-LAST_LINES:])
                report.sections.append((f"last lines of the fleet {name}", last))
    return report
