"""The course protocol: four messages, big-endian, without any frame around them.

PURE. The bytes are the same in all course years. A message is a 4-byte type and its fields; the
reader must know the type to find the end. Everything is what Java's DataOutputStream writes. The
decoder takes any 32-bit id and port: whether an id may exist is decided above, and clients send
ports that cannot exist. Type 3 was never assigned.
"""

from typing import Annotated, Final, TypeAlias

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.framing import SelfDelimiting
from holdfast.grading.wire.kinds import I32, U16, Text
from holdfast.grading.wire.message import EncodeError, Message, Usually, i32, message
from holdfast.grading.wire.schema import Limits
from holdfast.grading.wire.text import Encoding, encode_text

JavaText: TypeAlias = Annotated[str, Text(U16, Encoding.JAVA)]
"""What `DataOutputStream.writeUTF` writes: a 2-byte length in bytes, then modified UTF-8."""

UserNumber: TypeAlias = Annotated[i32, Usually(0, 9999)]
PortNumber: TypeAlias = Annotated[i32, Usually(1, 99_999)]
"""Real clients have sent 73874; what is far beyond is a number read wrongly."""

MAX_TEXT_BYTES: Final = 65_535
"""Longest text on the wire: its length is an unsigned 16-bit number."""


@message(tag=1)
class Register(Message):
    """A client introduces itself. Host and port are junk in practice: never use them."""

    user_id: UserNumber
    host: JavaText
    port: PortNumber


@message(tag=2)
class Registered(Message):
    """The answer to a register request."""


@message(tag=4)
class Chat(Message):
    """A chat message; clients put their own id into `recipient`."""

    recipient: UserNumber
    text: JavaText


@message(tag=0)
class ErrorReply(Message):
    """Something went wrong; the text says what."""

    text: JavaText


COURSE: Final = Protocol(
    "the course protocol",
    (ErrorReply, Register, Registered, Chat),
    SelfDelimiting(),
    Limits(frame_bytes=14 + MAX_TEXT_BYTES, evidence_bytes=8_192),
    tag=I32,
)


def java_utf(text: str) -> bytes:
    """The bytes of `writeUTF(text)` alone, without a type. Raises `EncodeError`."""
    raw = encode_text(text, Encoding.JAVA)
    if len(raw) > MAX_TEXT_BYTES:
        reason = f"takes {len(raw)} bytes, but at most {MAX_TEXT_BYTES} fit"
        raise EncodeError("bare string", "text", text, reason)
    return len(raw).to_bytes(2, "big") + raw
