"""What is written down cannot move or hide text."""

from holdfast.platform.auth.audit import MAX_CHARS, Act, shown


def test_values_are_cut_and_hold_no_control_characters() -> None:
    assert shown("a\nb\x1b[2J\u202ec") == "a\ufffdb\ufffd[2J\ufffdc"
    assert len(shown("x" * 1000)) == MAX_CHARS
    assert shown("Mira Ceti, ä") == "Mira Ceti, ä"


def test_acts_are_told_apart() -> None:
    assert len({act.value for act in Act}) == len(Act)
