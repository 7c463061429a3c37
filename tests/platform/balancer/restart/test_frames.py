"""Frames arrive in any pieces; what is no frame is an error and costs nothing."""

import array
import os
import socket

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.restart import frames
from holdfast.platform.balancer.restart.frames import Frame, Garbled, Inbox, encode

FRAMES = st.builds(
    Frame,
    word=st.sampled_from(["hello", "sockets", "ready", "state", "take", "yours"]),
    sockets=st.lists(st.text(max_size=8), max_size=4).map(tuple),
    parts=st.dictionaries(st.text(max_size=8), st.binary(max_size=64), max_size=4),
)


@settings(max_examples=50)
@given(said=st.lists(FRAMES, min_size=1, max_size=4), at=st.lists(st.integers(1, 40), max_size=9))
def test_frames_arrive_however_they_are_cut(said: list[Frame], at: list[int]) -> None:
    stream = b"".join(encode(frame) for frame in said)
    inbox, heard = Inbox(), []
    for length in [*at, len(stream)]:
        inbox.data += stream[:length]
        stream = stream[length:]
        while (frame := inbox.frame()) is not None:
            heard.append(frame)
    assert heard == said


@given(noise=st.binary(max_size=64))
def test_noise_is_garbled_or_not_yet_a_frame(noise: bytes) -> None:
    inbox = Inbox(bytearray(noise))
    try:
        found = inbox.frame()
    except Garbled:
        return
    assert found is None


@pytest.mark.parametrize(
    "body",
    [
        msgspec.msgpack.encode({"word": "please"}),
        msgspec.msgpack.encode({"word": "hello", "version": frames.VERSION + 1}),
        msgspec.msgpack.encode({"word": "state", "parts": {"x": 1}}),
        b"\xc1",
    ],
)
def test_what_is_not_understood_is_an_error(body: bytes) -> None:
    inbox = Inbox(bytearray(len(body).to_bytes(4, "big") + body))
    with pytest.raises(Garbled):
        inbox.frame()


def test_unknown_fields_are_left_out_so_that_newer_ones_may_say_more() -> None:
    body = msgspec.msgpack.encode({"word": "hello", "news": 1})
    assert Inbox(bytearray(len(body).to_bytes(4, "big") + body)).frame() == Frame("hello")


def test_a_frame_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Garbled):
        Inbox(bytearray((frames.MAX_FRAME_BYTES + 1).to_bytes(4, "big"))).frame()
    monkeypatch.setattr(frames, "MAX_FRAME_BYTES", 10)
    with pytest.raises(Garbled):
        encode(Frame("state", parts={"x": bytes(11)}))


def _send(line: socket.socket, data: bytes, descriptors: list[int]) -> None:
    beside = array.array("i", descriptors)
    line.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, beside)])


def test_descriptors_arrive_as_named_sockets_that_no_child_inherits() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as door:
        _send(ours, encode(Frame("sockets", sockets=("door",))), [door.fileno()])
        inbox = Inbox()
        inbox.receive(theirs)
        frame = inbox.frame()
        assert frame is not None
        found = inbox.sockets(frame.sockets)
        assert found["door"].getsockname() == door.getsockname()
        assert not os.get_inheritable(found["door"].fileno())
        assert not found["door"].getblocking()
        found["door"].close()


def test_descriptors_that_nobody_named_are_refused_and_closed() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        _send(ours, b"x", [ours.fileno(), ours.fileno()])
        inbox = Inbox()
        inbox.receive(theirs)
        taken = list(inbox.descriptors)
        with pytest.raises(Garbled):
            inbox.sockets(("one",))
        inbox.close()
        for fd in taken:
            with pytest.raises(OSError):
                os.fstat(fd)


def test_too_many_descriptors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_DESCRIPTORS", 2)
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        _send(ours, b"x", [ours.fileno()] * 40)
        inbox = Inbox()
        with pytest.raises(Garbled):
            inbox.receive(theirs)
        inbox.close()


def test_the_end_of_the_stream_is_an_error() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with theirs:
        ours.close()
        with pytest.raises(Garbled):
            Inbox().receive(theirs)
