"""A chat starts a test only when it equals the trigger, and only where the test runs."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Scenario, Transport, Trigger
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.trigger_table import Elsewhere, Misaddressed, Starts, TriggerTable
from holdfast.grading.wire.course import Chat
from tests.support.playing import scenario_of


async def nothing(ctx, peer) -> None:  # type: ignore[no-untyped-def]
    """A scenario that does nothing."""


def made(name: str, trigger: Trigger | None, transport: Transport = "tcp", *ports: int) -> Scenario:
    return replace(
        scenario_of(nothing), id=TestId(name), trigger=trigger, transport=transport, ports=ports
    )


TABLE = TriggerTable(
    {
        scenario.id: scenario
        for scenario in (
            made("tcp", Trigger("TCP TEST"), "tcp", 4444),
            made("udp", Trigger("UDP TEST"), "udp", 5005),
            made("shared", Trigger("SHARED", recipient=7777), "udp", 5252),
            made("seed", Trigger("SEED: ", prefix=True), "tcp", 8080),
            made("twin-a", Trigger("TWIN"), "udp", 1),
            made("twin-b", Trigger("TWIN"), "udp", 2),
            made("client", None, "tcp", 4444),
        )
    }
)


def found(text: str, transport: Transport, port: int, recipient: int = 1234) -> str | None:
    match = TABLE.find(Chat(recipient, text), transport, port)
    return None if match is None else f"{type(match).__name__} {match.scenario.id}"


@pytest.mark.parametrize("port", [4444, 4446, 4449])
def test_any_tcp_course_port_serves_every_tcp_course_test(port: int) -> None:
    assert found("TCP TEST", "tcp", port) == "Starts tcp"


@pytest.mark.parametrize(
    "text", ["TCP TEST ", " TCP TEST", "tcp test", "TCP TEST PASSED", "ACK: TCP TEST", "", "TCP"]
)
def test_a_chat_that_merely_resembles_a_trigger_starts_nothing(text: str) -> None:
    assert found(text, "tcp", 4444) is None


def test_a_udp_test_runs_on_its_port_alone() -> None:
    assert found("UDP TEST", "udp", 5005) == "Starts udp"
    assert found("UDP TEST", "udp", 7007) == "Elsewhere udp"
    assert found("UDP TEST", "tcp", 4444) == "Elsewhere udp"
    assert found("TCP TEST", "udp", 5005) == "Elsewhere tcp"


def test_the_seeds_port_serves_the_seeds_test_alone() -> None:
    assert found("SEED: 1234", "tcp", 8080) == "Starts seed"
    assert found("SEED: 1234", "tcp", 4444) == "Elsewhere seed"
    assert found("TCP TEST", "tcp", 8080) == "Elsewhere tcp"
    assert found("SEED", "tcp", 8080) is None


def test_a_trigger_with_a_fixed_recipient_wants_it() -> None:
    assert found("SHARED", "udp", 5252, 7777) == "Starts shared"
    assert found("SHARED", "udp", 5252, 1234) == "Misaddressed shared"


def test_of_twins_the_one_that_lives_here_is_meant() -> None:
    assert found("TWIN", "udp", 2) == "Starts twin-b"


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("udp long test", "long"),
        ("UDP  LONG TEST\n", "long"),
        ("\0U\0D\0P\0 \0L\0O\0N\0G\0 \0T\0E\0S\0T", "long"),
        ("UDP-LONG-TESTS", "long"),
        ("UDP LNOG TEST OF MANY WORDS", "words"),
        ("UDP LONG TEST PASSED", None),
        ("TSET GNOL PDU", None),
        ("hello", None),
        ("...", None),
        ("UDP LONG TEST" * 40, None),
    ],
)
def test_the_trigger_that_was_meant_is_found(text: str, test: str | None) -> None:
    table = TriggerTable(
        {
            scenario.id: scenario
            for scenario in (
                made("long", Trigger("UDP LONG TEST"), "udp", 5005),
                made("words", Trigger("UDP LONG TEST OF MANY WORDS"), "udp", 5005),
            )
        }
    )
    nearest = table.nearest(text)
    assert (nearest.id if nearest else None) == test
    assert TriggerTable({}).nearest(text) is None


@pytest.mark.parametrize("ending", ["SUCCESSFULLY PASSED", "PASSED", "FAILED"])
def test_a_verdict_that_comes_back_means_no_test(ending: str) -> None:
    table = TriggerTable(CATALOGUE)
    for scenario in CATALOGUE.values():
        assert scenario.trigger is not None
        assert table.nearest(f"{scenario.trigger.text} {ending}") is None
        assert table.nearest(f"{' '.join(scenario.trigger.text.split()[:2])} {ending}") is None


def test_the_three_answers_carry_the_scenario() -> None:
    for kind in (Starts, Elsewhere, Misaddressed):
        assert kind(scenario_of(nothing)).scenario.id == "test"
