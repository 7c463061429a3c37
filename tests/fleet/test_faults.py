"""The harness can fail: each broken rule is caught, by the promise that it breaks."""

import pytest

from tests.fleet.faults import FAULTS, Fault
from tests.fleet.running import first_broken

SEEDS = range(1, 1001)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_broken_rule_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.break_it(monkeypatch)
    found = first_broken(SEEDS, fault.plot)
    assert found is not None, f"{len(SEEDS)} worlds do not notice"
    assert found[1].startswith(fault.promise), found
