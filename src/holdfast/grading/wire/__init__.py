"""The wire of grading, PURE: bytes become messages and messages bytes, and bad bytes explanations.

Flow: bytes -> `connection.StreamDecoder` (or `codec.Protocol.decode_datagram`) -> `Frame` with a
`Message`, or `Garbled` with a `diagnosis.DecodeFailure` whose ranked guesses a student reads.

A protocol is declared: `message` (annotated classes) uses `kinds` and `compound` (what a field is)
and `text` (encodings); `steps` compiles fields; `framing` (where a frame ends) stands apart;
`schema` reads one frame; `codec` joins them. `course` is the course protocol, `layout` shows a
declaration as data.

What a client did wrong, from `guessing` down: `foreign` (other programs and formats), `alignment`
(bytes outside of frames), `framing_slips`, `slips` (data: each a `spelling` of the messages that
beginners use), read by `retelling`, judged by `plausible`, told by `sentences`. `oddities` are the
notes on frames that did decode.
"""

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.connection import Frame, Garbled, StreamDecoder
from holdfast.grading.wire.diagnosis import DecodeFailure, Guess, GuessKind
from holdfast.grading.wire.layout import describe_message, layout
from holdfast.grading.wire.message import EncodeError, Message, message
from holdfast.grading.wire.schema import Limits

__all__ = [
    "DecodeFailure",
    "EncodeError",
    "Frame",
    "Garbled",
    "Guess",
    "GuessKind",
    "Limits",
    "Message",
    "Protocol",
    "StreamDecoder",
    "describe_message",
    "layout",
    "message",
]
