"""How programs get the bytes of a chat wrong. Each slip is an `Answer` for a reference client."""

import struct
from collections.abc import Callable, Sequence

from holdfast.grading.domain.reference.echoing import Answer
from holdfast.grading.wire.course import COURSE, Chat
from holdfast.grading.wire.message import Message

Replies = Sequence[Message | bytes]


def _frame(chat: Chat, *, length: int | None = None, order: str = ">", text: bytes = b"") -> bytes:
    raw = text or chat.text.encode()
    size = len(raw) if length is None else length
    return struct.pack(f"{order}iiH", 4, chat.recipient, size) + raw


def only_text(chat: Chat) -> Replies:
    """The text without any frame."""
    return (chat.text.encode(),)


def only_text_line(chat: Chat) -> Replies:
    """The text as a line, as a PrintWriter writes it."""
    return (chat.text.encode() + b"\r\n",)


def without_type(chat: Chat) -> Replies:
    """The frame without its type."""
    return (COURSE.encode(chat)[4:],)


def bare_utf(chat: Chat) -> Replies:
    """What `writeUTF` writes, without type and recipient."""
    return (COURSE.encode(chat)[8:],)


def little_endian(chat: Chat) -> Replies:
    """All numbers with the lowest byte first."""
    return (_frame(chat, order="<"),)


def length_counts_itself(chat: Chat) -> Replies:
    """A text length that includes its own two bytes."""
    return (_frame(chat, length=len(chat.text) + 2),)


def length_counts_frame(chat: Chat) -> Replies:
    """A text length that is the length of the whole frame."""
    return (_frame(chat, length=len(chat.text) + 10),)


def length_doubled(chat: Chat) -> Replies:
    """A text length that counts two bytes a character."""
    return (_frame(chat, length=2 * len(chat.text)),)


def long_length(chat: Chat) -> Replies:
    """A text length of four bytes."""
    raw = chat.text.encode()
    return (struct.pack(">iiI", 4, chat.recipient, len(raw)) + raw,)


def utf16(chat: Chat) -> Replies:
    """A text in UTF-16."""
    return (_frame(chat, text=chat.text.encode("utf-16-be")),)


def with_newline(chat: Chat) -> Replies:
    """A text with a line end."""
    return (Chat(chat.recipient, chat.text + "\n"),)


def with_zero(chat: Chat) -> Replies:
    """A text with the zero of a C string."""
    return (Chat(chat.recipient, chat.text + "\0"),)


def upper_case(chat: Chat) -> Replies:
    """A text that was tidied up."""
    return (Chat(chat.recipient, chat.text.upper()),)


def cut_short(chat: Chat) -> Replies:
    """A text from a buffer that was too small."""
    return (Chat(chat.recipient, chat.text[:12]),)


def prefixed(chat: Chat) -> Replies:
    """A text with a word in front."""
    return (Chat(chat.recipient, f"Echo: {chat.text}"),)


def to_nobody(chat: Chat) -> Replies:
    """Recipient 0 in place of the own id."""
    return (Chat(0, chat.text),)


def quoted_object(chat: Chat) -> Replies:
    """The object's `toString`."""
    return (Chat(chat.recipient, f"ChatMessage{{recipient={chat.recipient}, text={chat.text}}}"),)


def http(chat: Chat) -> Replies:
    """A request of another protocol altogether."""
    return (f"POST /chat HTTP/1.1\r\nHost: x\r\n\r\n{chat.text}".encode(),)


def one_byte_type(chat: Chat) -> Replies:
    """A type of one byte."""
    return (COURSE.encode(chat)[3:],)


def nothing(_: Chat) -> Replies:
    """No answer."""
    return ()


def number(make: Callable[[int], object]) -> Answer:
    """For a long chat: what `make` makes of its number of characters."""

    def answer(chat: Chat) -> Replies:
        return (Chat(chat.recipient, str(make(len(chat.text)))),)

    return answer
