"""Habits are values: two clients with the same habits are the same."""

from holdfast.grading.domain.reference.habits import USUAL, Greeting, Habits, Resend


def test_the_usual_client_registers_waits_and_sends_again_after_a_silence() -> None:
    assert Habits() == USUAL
    assert USUAL.greeting is Greeting.PATIENT
    assert USUAL.resend is Resend.ON_SILENCE
