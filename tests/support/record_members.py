"""Members that speak in records, as nodes do: each echoes, notes what it heard, and can be killed.

A moved client's journal is kept in `resumed`; what the client already has is not said again.
"""

import contextlib
import socket
import struct
from dataclasses import dataclass, field

from holdfast.platform.balancer.handover_wire import (
    MAGIC,
    Kind,
    Resume,
    data_records,
    decode_resume,
    encode_answer,
    encode_record,
    resume_length,
    tag_of,
    unpack_resume,
)
from holdfast.platform.balancer.proxy_protocol import Header, Local, parse
from tests.support.balancing import TcpMember


@dataclass
class RecordMember:
    """A TCP service: says its name and a colon, then what it gets; `bye` ends in order."""

    name: str
    refuses: bool = False
    is_dead: bool = False
    resumed: list[Resume] = field(default_factory=list)

    def __enter__(self) -> "RecordMember":
        self.member = TcpMember(self._serve).__enter__()
        self.endpoint = self.member.endpoint
        return self

    def __exit__(self, *args: object) -> None:
        self.member.__exit__(*args)

    def die(self) -> None:
        """As kill -9: everything is closed, nothing is said."""
        self.is_dead = True
        self.member.die()

    def _serve(self, client: socket.socket, header: Header | Local | None) -> None:
        assert isinstance(header, Header)
        tag = tag_of(header.tlvs)
        assert tag is not None
        client.sendall(MAGIC)
        if tag.resumes:
            self._resume(client)
        else:
            client.sendall(encode_record(Kind.NOTE, b"begun") + data_records(self._said(b"")))
        while data := client.recv(65536):
            note = encode_record(Kind.NOTE, b"heard %d" % len(data))
            client.sendall(note + data_records(self._said(data)))
            if data.endswith(b"bye"):
                break
        if not self.is_dead:
            client.sendall(encode_record(Kind.END))

    def _resume(self, client: socket.socket) -> None:
        raw = b""
        while (length := resume_length(raw)) is None or len(raw) < length:
            raw += client.recv(1 if length is None else length - len(raw))
        resume = decode_resume(raw)
        self.resumed.append(resume)
        if self.refuses:
            client.sendall(encode_record(Kind.REFUSED, b"it says something else"))
            client.shutdown(socket.SHUT_WR)
            return
        heard = sum(int(note.split()[1]) for note in resume.notes if note.startswith(b"heard"))
        unheard = b"".join(data for _, data in resume.pieces)[heard:]
        client.sendall(encode_record(Kind.NOTE, b"moved"))
        if unheard:
            note = encode_record(Kind.NOTE, b"heard %d" % len(unheard))
            client.sendall(note + data_records(self._said(unheard)))

    def _said(self, data: bytes) -> bytes:
        return self.name.encode() + b":" + data


def reset(sock: socket.socket) -> None:
    """Close with a reset."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()


@dataclass
class RecordFlows:
    """A UDP service in the test's own thread: call `hear` for each datagram that is expected."""

    name: str

    def __enter__(self) -> "RecordFlows":
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(10.0)
        self.endpoint: tuple[str, int] = self.sock.getsockname()
        self.numbers: dict[bytes, int] = {}
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def hear(self) -> tuple[bytes, bytes | Resume]:
        """The header for answers, and the payload or journal, of the next that is no probe."""
        while True:
            raw, self.balancer = self.sock.recvfrom(65_535)
            header = parse(raw)
            if not isinstance(header, Header):
                continue
            tag = tag_of(header.tlvs)
            assert tag is not None
            head, payload = raw[: header.length], raw[header.length :]
            if tag.resumes:
                return tag.settled(head), unpack_resume(payload)
            return head, payload

    def say(self, head: bytes, *records: tuple[Kind, bytes], skip: int = 0) -> None:
        """Answer; `skip` answers are lost before."""
        number = self.numbers.get(head, 0) + skip
        self.numbers[head] = number + 1
        raw = b"".join(encode_record(kind, payload) for kind, payload in records)
        self.sock.sendto(head + encode_answer(number, raw), self.balancer)
