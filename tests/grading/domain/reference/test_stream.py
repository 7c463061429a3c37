"""A client finds the next frame behind bytes that are no message, however they are split."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.reference.stream import ForgivingStream
from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE, Chat, Registered, java_utf

CHAT = COURSE.encode(Chat(7, "hello"))
BARE = java_utf("abcdef ghijkl mnop")


def test_frames_come_as_from_any_decoder() -> None:
    stream = ForgivingStream()
    found = stream.feed(COURSE.encode(Registered()) + CHAT)
    assert [each.message for each in found if isinstance(each, Frame)] == [
        Registered(),
        Chat(7, "hello"),
    ]
    assert stream.pending == b""


def test_a_bare_string_is_skipped_and_reported_once() -> None:
    assert len(BARE) % 4 == 0
    found = ForgivingStream().feed(CHAT + BARE)
    assert [type(each) for each in found] == [Frame, Garbled]
    assert found[1].raw == BARE


def test_a_bare_string_before_a_chat_in_one_read_is_skipped_too() -> None:
    found = ForgivingStream().feed(BARE + CHAT + BARE + CHAT)
    assert [type(each) for each in found] == [Garbled, Frame, Garbled, Frame]


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_however_the_bytes_are_split_the_frames_are_the_same(seed: int, size: int) -> None:
    whole = CHAT + BARE + CHAT + BARE + BARE + CHAT
    dice = Random(seed)
    stream = ForgivingStream()
    frames = []
    at = 0
    while at < len(whole):
        step = dice.randint(1, size)
        frames += [each for each in stream.feed(whole[at : at + step]) if isinstance(each, Frame)]
        at += step
    assert [frame.raw for frame in frames] == [CHAT] * 3


def test_what_is_unfinished_is_pending() -> None:
    stream = ForgivingStream()
    assert stream.feed(CHAT[:5]) == []
    assert stream.pending == CHAT[:5]
