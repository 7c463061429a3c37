"""A fault shows its record so that people find it, and nothing that a terminal would obey."""

from holdfast.flights.domain.filing import RECORD_SHOWN, Fault


def test_a_fault_shows_the_beginning_of_its_record() -> None:
    fault = Fault.of(7, "it is bad", "x" * 500)
    assert (fault.line, fault.reason, fault.record) == (7, "it is bad", "x" * RECORD_SHOWN)


def test_a_fault_shows_no_control_characters() -> None:
    assert Fault.of(1, "why", "3 BA\x1b[2J\x00\n").record == "3 BA?[2J??"
