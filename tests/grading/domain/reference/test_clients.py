"""There is a right client for every test, and it says when the verdict was bad."""

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client, seeding, tcp_port, triggering
from holdfast.grading.domain.reference.habits import Greeting, Habits
from holdfast.grading.domain.scenarios import CATALOGUE
from tests.support.trying import ALL_TESTS, duel, part

PORTS = {
    "2024-a1-t1": 4444,
    "2024-a2-t2": 4444,
    "2024-a3-t3": 4444,
    "2025-3_1": 4446,
    "2025-3_2": 4446,
    "2025-4_2": 4447,
    "2025-5_1": 4448,
    "2025-6_2": 4449,
    "seed-user-id": 8080,
}


@pytest.mark.parametrize("test", ALL_TESTS)
def test_there_is_a_client_for_every_test(test: TestId) -> None:
    player = client(test)
    assert player.id == test
    assert player.trigger is None
    assert player.ports == CATALOGUE[test].ports


def test_there_is_no_client_for_an_unknown_test() -> None:
    with pytest.raises(KeyError):
        client(TestId("2023-a1-t1"))


@pytest.mark.parametrize(("test", "port"), PORTS.items())
def test_a_client_registers_on_the_tcp_port_of_its_year_and_assignment(
    test: TestId, port: int
) -> None:
    assert tcp_port(test) == port


def test_a_bad_verdict_is_the_end_of_a_clients_part() -> None:
    wrong = duel("seed-user-id", seeding(part("seed-user-id"), says=1)).client.outcome
    assert wrong is not None
    assert "failed" in wrong.reason
    never = triggering(part("2025-3_1", Habits(greeting=Greeting.NEVER)))
    refused = duel("2025-3_1", never).client.outcome
    assert refused is not None
    assert refused.verdict == "fail"
