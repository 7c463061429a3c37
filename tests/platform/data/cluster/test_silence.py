"""Observers depose a leader only together, after long enough, within one term."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.data.cluster.silence import (
    PROBES,
    SILENT_S,
    Silence,
    Term,
    agreed,
    is_silent,
    listened,
)

TERM = Term("m1", 7)


def after(*probes: tuple[float, bool], term: Term = TERM) -> Silence:
    silence = Silence()
    for began, heard in probes:
        silence = listened(silence, term, heard=heard, began=began)
    return silence


def test_silence_is_counted_from_its_first_probe() -> None:
    silence = after((1.0, True), (2.0, False), (2.8, False), (3.4, False))
    assert (silence.since, silence.probes) == (2.0, 3)
    assert not is_silent(silence, 2.0 + SILENT_S - 0.01)
    assert is_silent(silence, 2.0 + SILENT_S)


def test_one_sound_begins_the_count_anew() -> None:
    silence = after((2.0, False), (2.8, False), (3.4, True), (3.6, False))
    assert (silence.since, silence.probes) == (3.6, 1)


def test_a_new_term_of_the_same_leader_begins_the_count_anew() -> None:
    silence = after((2.0, False), (2.8, False))
    silence = listened(silence, Term("m1", 8), heard=False, began=3.0)
    assert (silence.since, silence.probes) == (3.0, 1)
    assert listened(silence, None, heard=False, began=3.0) == Silence()


def test_a_pause_of_the_observer_is_not_silence_of_the_leader() -> None:
    silence = after((2.0, False), (90.0, False))
    assert not is_silent(silence, 91.0)


def test_a_majority_of_all_observers_must_agree() -> None:
    assert agreed("m2", ["m2"], of=3) is None
    assert agreed("m2", ["m3", "m2"], of=3) == ("m2", "m3")
    assert agreed("m2", ["m3", "m1"], of=3) is None
    assert agreed("m2", ["m2", "m3"], of=5) is None


@given(st.lists(st.tuples(st.booleans(), st.floats(0.05, 2.0)), max_size=30))
def test_whoever_is_silent_was_not_heard_for_the_whole_time(
    probes: list[tuple[bool, float]],
) -> None:
    silence, now, last_heard = Silence(), 0.0, 0.0
    for heard, step in probes:
        now += step
        silence = listened(silence, TERM, heard=heard, began=now)
        if heard:
            last_heard = now
        if is_silent(silence, now):
            assert now - last_heard >= SILENT_S
            assert silence.probes >= PROBES
