"""What the two processes of a hand-over say to each other: frames, and descriptors beside them.

A frame is its length in four bytes and a msgpack map. Descriptors ride on the first byte of a frame
that names them. The order of words is `giving`'s and `taking`'s business. Whatever arrives is
bounded, and an unknown word or version is an error and never a guess.
"""

import array
import os
import socket
import struct
from dataclasses import dataclass, field
from typing import Literal

import msgspec

VERSION = 1
"""Raised when the order or the meaning of words changes; parts of a state may come and go."""
MAX_FRAME_BYTES = 64 << 20
"""A full table of flows has about 15 MB."""
MAX_DESCRIPTORS = 200
"""The kernel passes 253 at once; a balancer has some twenty."""

Word = Literal["hello", "sockets", "ready", "state", "take", "yours", "beat"]

_LENGTH = struct.Struct("!I")
_CLOEXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
_INT_BYTES = array.array("i").itemsize


class Garbled(Exception):
    """What arrived is no frame of ours, or it ended too early."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing said. `sockets`: the names of the descriptors beside it, in their order. `parts`:
    the state, by the name of what it is the state of."""

    word: Word
    version: int = VERSION
    sockets: tuple[str, ...] = ()
    parts: dict[str, bytes] = field(default_factory=dict)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Frame)


def encode(frame: Frame) -> bytes:
    """The bytes of a frame; `Garbled` when it is too long to be taken."""
    body = _encoder.encode(frame)
    if len(body) > MAX_FRAME_BYTES:
        raise Garbled(f"a frame of {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


@dataclass(slots=True)
class Inbox:
    """Bytes and descriptors that have arrived, until they make a frame."""

    data: bytearray = field(default_factory=bytearray)
    descriptors: list[int] = field(default_factory=list)

    def receive(self, sock: socket.socket) -> None:
        """Take one piece off the socket. `BlockingIOError` when there is none, `Garbled` at the end
        of the stream and when there are too many descriptors."""
        space = socket.CMSG_SPACE(MAX_DESCRIPTORS * _INT_BYTES)
        piece, control, flags, _ = sock.recvmsg(1 << 16, space, _CLOEXEC)
        for level, kind, raw in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i")
                numbers.frombytes(raw[: len(raw) - len(raw) % numbers.itemsize])
                self.descriptors.extend(numbers)
        if flags & getattr(socket, "MSG_CTRUNC", 0) or len(self.descriptors) > MAX_DESCRIPTORS:
            raise Garbled("too many descriptors")
        if not piece:
            raise Garbled("the other process has left")
        self.data += piece

    def frame(self) -> Frame | None:
        """The frame that is complete, once; None before."""
        if len(self.data) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self.data)
        if length > MAX_FRAME_BYTES:
            raise Garbled(f"a frame of {length} bytes")
        end = _LENGTH.size + length
        if len(self.data) < end:
            return None
        body = bytes(self.data[_LENGTH.size : end])
        del self.data[:end]
        try:
            frame = _decoder.decode(body)
        except msgspec.MsgspecError as error:
            raise Garbled(f"not a frame: {error}") from None
        if frame.version != VERSION:
            raise Garbled(f"version {frame.version} of a hand-over; this one is {VERSION}")
        return frame

    def sockets(self, names: tuple[str, ...]) -> dict[str, socket.socket]:
        """The descriptors as non-blocking sockets by name; `Garbled` when they are not so many."""
        if len(names) != len(self.descriptors):
            raise Garbled(f"{len(self.descriptors)} descriptors for {len(names)} names")
        taken: dict[str, socket.socket] = {}
        while self.descriptors:
            sock = socket.socket(fileno=self.descriptors.pop(0))
            sock.setblocking(False)
            taken[names[len(taken)]] = sock
        return taken

    def close(self) -> None:
        """Close descriptors that nobody took."""
        while self.descriptors:
            os.close(self.descriptors.pop())
