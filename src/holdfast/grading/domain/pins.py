"""Pins: what stands in the place of an id that is its student's secret, and how it is taken out.

PURE. Each of the 10,000 ids has a shown number of five digits, by a permutation that only the key
knows: so no two are alike, none is an id, and none tells its id. Ids go wherever they stand: in
fields, in texts (as `####`), in the bytes of messages, and in bytes that are no message.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from holdfast.grading.domain.attempt import Incident
from holdfast.grading.domain.live_row import LiveRow
from holdfast.grading.domain.roster import FIRST_SHOWN, MAX_SHOWN, UserId
from holdfast.grading.domain.transcript import Divergence, Entry, Mismatch, Result, Transcript
from holdfast.grading.domain.verdict import Check
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register
from holdfast.grading.wire.message import Message

TELLING = 100
"""A smaller id is taken out of a text only where it has four digits: a 7 is everywhere."""
ID_FIELDS = frozenset({"user_id", "recipient"})
_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,4}(?![0-9])", re.ASCII)
_DIGITS = re.compile(rb"(?<![0-9])[0-9]{1,4}(?![0-9])")


class ShownNumbers:
    """The permutation of one key (10,000 digests: some 15 ms, once a process)."""

    __slots__ = ("_shown", "_uids")

    def __init__(self, key: bytes) -> None:
        def place(uid: int) -> bytes:
            return hmac.digest(key, f"shown/{uid}".encode(), sha256)

        self._uids = sorted(range(FIRST_SHOWN), key=place)
        self._shown = [0] * FIRST_SHOWN
        for at, uid in enumerate(self._uids):
            self._shown[uid] = FIRST_SHOWN + at

    def shown(self, uid: int) -> UserId:
        """The number that pages show an id as; what is no id stays what it is."""
        return UserId(self._shown[uid] if 0 <= uid < FIRST_SHOWN else uid)

    def uid_of(self, shown: int) -> UserId | None:
        """The id behind a shown number, None for a number that is none."""
        is_one = FIRST_SHOWN <= shown <= MAX_SHOWN
        return UserId(self._uids[shown - FIRST_SHOWN]) if is_one else None


@dataclass(frozen=True, slots=True)
class Mask:
    """Takes the ids of a roster out of what readers see."""

    numbers: ShownNumbers
    uids: frozenset[int]

    def text(self, text: str) -> str:
        """A text, each id of the roster as `#` for each digit."""
        return _NUMBER.sub(lambda found: self._covered(found[0]), text)

    def raw(self, raw: bytes) -> bytes:
        """The bytes of a message with shown numbers and masked texts in it; of what is no message,
        the same bytes with every spelling of an id covered."""
        decoded = COURSE.decode_one(raw)
        if isinstance(decoded, Frame) and decoded.raw == raw:
            return COURSE.encode(self._message(decoded.message))
        return self._bytes(raw)

    def check(self, check: Check) -> Check:
        """A check whose hint names no id."""
        return replace(check, hint=self.text(check.hint))

    def incident(self, incident: Incident) -> Incident:
        """An incident by its student's shown number."""
        uid = incident.uid
        return replace(
            incident,
            uid=None if uid is None else self.numbers.shown(uid),
            detail=self.text(incident.detail),
            raw=self.raw(incident.raw),
        )

    def row(self, row: LiveRow) -> LiveRow:
        """A live row without an id; `size` stays that of the message as it was."""
        return replace(row, entry=self._entry(row.entry))

    def transcript(self, told: Transcript) -> Transcript:
        """A transcript without an id of the roster in it."""
        return replace(
            told,
            uid=self.numbers.shown(told.uid),
            trigger=self._hex(told.trigger),
            entries=tuple(map(self._entry, told.entries)),
            divergence=self._divergence(told.divergence) if told.divergence else None,
            result=self._result(told.result) if told.result else None,
        )

    def _entry(self, entry: Entry) -> Entry:
        fields = tuple((name, self._field(name, text)) for name, text in entry.fields)
        return replace(entry, fields=fields, raw=self._hex(entry.raw), text=self.text(entry.text))

    def _divergence(self, turn: Divergence) -> Divergence:
        mismatch = turn.mismatch
        masked = self._mismatch(mismatch) if mismatch else None
        return replace(turn, hint=self.text(turn.hint), mismatch=masked)

    def _mismatch(self, found: Mismatch) -> Mismatch:
        return replace(
            found,
            expected=self._field(found.field, found.expected),
            got=self._field(found.field, found.got),
            comment=self.text(found.comment),
        )

    def _result(self, result: Result) -> Result:
        return replace(
            result,
            reason=self.text(result.reason),
            checks=tuple(map(self.check, result.checks)),
            announcement=self._hex(result.announcement),
        )

    def _field(self, name: str, text: str) -> str:
        is_id = name in ID_FIELDS and text.isascii() and text.isdigit() and len(text) <= 4
        return str(self._number(int(text))) if is_id else self.text(text)

    def _hex(self, text: str) -> str:
        try:
            return self.raw(bytes.fromhex(text)).hex()
        except ValueError:
            return ""

    def _message(self, message: Message) -> Message:
        match message:
            case Register(user_id, host, port):
                return Register(self._number(user_id), self.text(host), self._port(port))
            case Chat(recipient, text):
                return Chat(self._number(recipient), self.text(text))
            case ErrorReply(text):
                return ErrorReply(self.text(text))
            case _:
                return message

    def _number(self, uid: int) -> int:
        return self.numbers.shown(uid) if uid in self.uids else uid

    def _port(self, port: int) -> int:
        return 0 if port in self.uids else port

    def _covered(self, digits: str) -> str:
        uid = int(digits)
        tells = uid in self.uids and (uid >= TELLING or len(digits) == 4)
        return "#" * len(digits) if tells else digits

    def _bytes(self, raw: bytes) -> bytes:
        found = _DIGITS.sub(lambda one: self._covered(one[0].decode()).encode(), raw)
        for spelling in spellings(sorted(self.uids)):
            found = found.replace(spelling, b"#" * len(spelling))
        return found


def spellings(uids: Iterable[int]) -> Iterable[bytes]:
    """How a program may write an id that is not digits of ASCII: a number of four bytes from either
    end, digits of UTF-16 from either end."""
    for uid in uids:
        yield uid.to_bytes(4, "big")
        yield uid.to_bytes(4, "little")
        if uid >= TELLING:
            yield str(uid).encode("utf-16-be")
            yield str(uid).encode("utf-16-le")
