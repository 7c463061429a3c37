"""The harness can fail: each broken rule is caught, by the promise that it breaks."""

import pytest

from tests.simulation.faults import FAULTS, Fault
from tests.simulation.running import runs

WORLDS = 1000


@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_broken_rule_is_caught(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.break_it(monkeypatch)
    with runs() as all_runs:
        found = all_runs.first_broken(range(fault.first, fault.first + WORLDS), fault.plot)
    assert found is not None, f"{WORLDS} worlds do not notice"
    assert found[1].startswith(fault.promise), found
