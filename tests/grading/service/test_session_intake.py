"""The intake decodes in slices, remembers what is unfinished, and stops for good when broken."""

from holdfast.grading.service.session_intake import EVIDENCE_BYTES, Intake
from holdfast.grading.service.session_place import SessionLimits
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat, Registered
from holdfast.grading.wire.diagnosis import GuessKind

CHAT = COURSE.encode(Chat(7, "hello"))


def test_a_slice_at_a_time_is_decoded() -> None:
    intake = Intake(SessionLimits(slice_bytes=8))
    assert intake.take(COURSE.encode(Registered()) * 5)
    counts = []
    while intake.unread:
        counts.append(len(intake.decode(1.0)))
    assert counts == [2, 2, 1]
    assert intake.pending_since is None


def test_an_unfinished_frame_is_as_old_as_its_first_byte() -> None:
    intake = Intake(SessionLimits())
    for now, byte in enumerate(CHAT[:10]):
        intake.take(bytes([byte]))
        assert intake.decode(float(now)) == []
    assert intake.pending_since == 0.0
    intake.take(CHAT[10:] + CHAT[:3])
    [frame] = intake.decode(20.0)
    assert isinstance(frame, Frame)
    assert intake.pending_since == 20.0


def test_an_unfinished_frame_is_told_once_until_it_grows() -> None:
    intake = Intake(SessionLimits())
    assert intake.stalled() is None
    intake.take(CHAT[:9])
    intake.decode(0.0)
    told = intake.stalled()
    assert told is not None
    assert told.raw == CHAT[:9]
    assert told.explanation
    assert intake.stalled() is None
    intake.take(CHAT[9:11])
    intake.decode(1.0)
    assert intake.stalled() is not None


def test_evidence_is_bounded() -> None:
    intake = Intake(SessionLimits())
    intake.take(bytes.fromhex("00000004000004d2ffff") + bytes(5000))
    while intake.unread:
        intake.decode(0.0)
    assert len(intake.evidence()) == EVIDENCE_BYTES


def test_after_bytes_that_are_no_frame_nothing_is_kept() -> None:
    intake = Intake(SessionLimits())
    intake.take(CHAT + b"????" + bytes(5000))
    assert [frame.message for frame in intake.decode(0.0)] == [Chat(7, "hello")]
    assert intake.is_broken
    assert intake.take(bytes(10 << 20))
    assert intake.unread == 0
    assert intake.stalled() is None


def test_bytes_that_are_no_frame_are_judged_once_with_what_came_behind_them() -> None:
    intake = Intake(SessionLimits(slice_bytes=8))
    assert intake.judge() is None
    intake.take(b"\0\0\0\2GET / HTTP/1.1")
    assert len(intake.decode(5.0)) == 1
    assert (intake.doubted_since, intake.unread) == (5.0, 0)
    intake.take(b"\r\n")
    garbled = intake.judge()
    assert garbled is not None
    assert (garbled.raw, garbled.offset) == (b"GET / HTTP/1.1\r\n", 4)
    assert garbled.failure.best is not None
    assert garbled.failure.best.kind is GuessKind.HTTP
    intake.take(b"late")
    assert (intake.doubted_since, intake.judge()) == (None, None)


def test_what_is_broken_off_is_not_judged() -> None:
    intake = Intake(SessionLimits())
    intake.take(b"????")
    intake.decode(0.0)
    intake.break_off()
    assert intake.judge() is None


def test_far_too_many_bytes_at_once_are_noticed() -> None:
    intake = Intake(SessionLimits(unread_bytes=100))
    assert intake.take(bytes(400))
    assert not intake.take(bytes(1))


def test_nothing_unfinished_has_no_explanation() -> None:
    assert Intake(SessionLimits()).explain() == ""
