"""The limits of an attempt hold together."""

from holdfast.grading.domain.events import EngineLimits, Reaction


def test_every_limit_is_positive_and_within_the_transcripts() -> None:
    limits = EngineLimits()
    assert min(getattr(limits, name) for name in EngineLimits.__slots__) > 0
    assert limits.sent_frames + limits.received_frames < limits.entries


def test_a_reaction_to_nothing_is_empty() -> None:
    assert Reaction() == Reaction((), (), None, None)
