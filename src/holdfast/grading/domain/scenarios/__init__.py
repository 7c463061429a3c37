"""The graded checks: one file for each, and `CATALOGUE` with all of them by id.

A file is named after its test: `y2024_a2_t3` is 2024, assignment 2, test 3; `y2025_6_1` is test 6_1
of 2025. It reads like the test's description; the plays that two years share are in the modules
with an underscore. A new check is a new file here and a line in `_ALL`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.scenarios import (
    seed_user_id,
    y2024_a1_t1,
    y2024_a1_t2,
    y2024_a1_t3,
    y2024_a1_t4,
    y2024_a2_t1,
    y2024_a2_t2,
    y2024_a2_t3,
    y2024_a2_t4,
    y2024_a3_t1,
    y2024_a3_t2,
    y2024_a3_t3,
    y2025_3_1,
    y2025_3_2,
    y2025_4_1,
    y2025_4_2,
    y2025_5_1,
    y2025_5_2,
    y2025_6_1,
    y2025_6_2,
)

_ALL = (
    y2024_a1_t1,
    y2024_a1_t2,
    y2024_a1_t3,
    y2024_a1_t4,
    y2024_a2_t1,
    y2024_a2_t2,
    y2024_a2_t3,
    y2024_a2_t4,
    y2024_a3_t1,
    y2024_a3_t2,
    y2024_a3_t3,
    y2025_3_1,
    y2025_3_2,
    y2025_4_1,
    y2025_4_2,
    y2025_5_1,
    y2025_5_2,
    y2025_6_1,
    y2025_6_2,
    seed_user_id,
)

CATALOGUE: Mapping[TestId, Scenario] = MappingProxyType(
    {module.SCENARIO.id: module.SCENARIO for module in _ALL}
)
"""Every graded check by its id, in the order in which pages show them."""
