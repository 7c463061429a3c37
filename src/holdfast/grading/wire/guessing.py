"""From undecodable bytes to ranked guesses: what did the client's author probably do?

PURE and bounded: one datagram, unfinished frame or kept evidence is looked at, and only when
somebody asks (1 to 2 ms for usual frames, some 20 ms for 64 KiB of the worst). Each source of
guesses (other programs, junk around frames, slips in writing them, framing) weighs its own; here
they are put in one order, one for each kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from holdfast.grading.wire.alignment import left_over, misaligned, swallowed
from holdfast.grading.wire.compound import Checksum
from holdfast.grading.wire.diagnosis import (
    DecodeFailure,
    Guess,
    GuessKind,
    LateGuesses,
    Scored,
    in_hex,
    scored,
)
from holdfast.grading.wire.foreign import foreign_guesses
from holdfast.grading.wire.framing_slips import framing_guesses
from holdfast.grading.wire.kinds import Short, Unreadable
from holdfast.grading.wire.retelling import read_spelled, retell
from holdfast.grading.wire.schema import Schema
from holdfast.grading.wire.sentences import Told, sentence
from holdfast.grading.wire.slips import slips_of
from holdfast.grading.wire.spelling import AS_DECLARED, TAG_NAME, Story

MOST_GUESSES = 4
"""More explanations than this are no explanation."""

LIKELY = 60
UNLIKELY = 45
"""Beside a likely guess, unlikely ones are not told."""
WEAKER = 35
"""A guess that is so much weaker than the best one is not told either."""

EXACT = 84
"""All bytes are explained, and every value is plausible."""
NEARLY = 75
"""All frames are explained but the last is not finished, or a line end is left."""
LEFT_OVER = 33
"""The first frame is explained, but bytes are left that are not."""
HARDLY = 12
"""It fits, but something else is far likelier."""
NUMBERS_ONLY = 30
"""So much weaker is a story without any letters: few bytes are a plausible number by chance."""
PARTIAL = 30
"""The frame's beginning is explained."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when guessing: the bytes from the failed frame on, and the frame before it.

    `ended`: no more bytes can come (a datagram); otherwise the rest may still be on its way.
    """

    schema: Schema
    data: bytes
    before: bytes
    ended: bool


def explain(
    schema: Schema,
    data: bytes,
    trouble: Short | Unreadable,
    *,
    before: bytes = b"",
    ended: bool = False,
) -> DecodeFailure:
    """Describe why `data` is no frame: `trouble` is what reading it raised.

    `before` is the frame that was read just before it, unless it was long; `ended` says that no
    more bytes can come. The guesses are worked out when somebody looks.
    """
    evidence = Evidence(schema, data, before, ended)
    failure = schema.failure(data, trouble)
    return replace(failure, guesses=LateGuesses(lambda: guess(evidence)))


def guess(evidence: Evidence) -> tuple[Guess, ...]:
    """The likeliest explanations, best first, at most one of each kind."""
    found = sorted(_all_guesses(evidence), key=lambda each: -each.weight)
    best: dict[GuessKind, Guess] = {}
    highest = found[0].weight if found else 0
    lowest = max(highest - WEAKER, UNLIKELY if highest >= LIKELY else 0)
    for each in found:
        if each.weight >= lowest:
            best.setdefault(each.guess.kind, each.guess)
    return tuple(best.values())[:MOST_GUESSES]


def _all_guesses(evidence: Evidence) -> Iterator[Scored]:
    if not evidence.data:
        yield scored(100, GuessKind.EMPTY, "Nothing was sent: write a whole frame.")
        return
    yield from foreign_guesses(evidence.data)
    yield from _checksum(evidence.schema, evidence.data)
    if evidence.schema.framing.delimits:
        yield from _framed(evidence)
    else:
        yield from _unframed(evidence)


def _framed(evidence: Evidence) -> Iterator[Scored]:
    """The framing may be wrong; or it is right, and the message inside is not."""
    schema, data = evidence.schema, evidence.data
    try:
        body, end, _ = schema.framing.cut(data, 0, 0, schema.limits.frame_bytes)
    except Short as short:
        yield _truncated(evidence, short.need - len(data))
    except Unreadable:
        pass
    else:
        yield from _stories(replace(evidence, ended=True), data[:end], start=body)
    yield from framing_guesses(schema, data)


def _unframed(evidence: Evidence) -> Iterator[Scored]:
    schema, data, before = evidence.schema, evidence.data, evidence.before
    hopeful = False
    sound = bool(before) and _oddness(schema, before) <= 0
    try:
        _, stop = schema.read(data, 0, 0)
    except Short as short:
        yield _truncated(evidence, short.need - len(data))
        yield from misaligned(schema, data, follows_frame=sound)
    except Unreadable:
        hopeful = not evidence.ended
        yield from misaligned(schema, data, follows_frame=sound)
        yield from _at_the_type(schema, data)
    else:
        yield from left_over(schema, data, stop)
    yield from _stories(evidence, data, hopeful=hopeful)
    if before:
        yield from _misread_before(evidence)


def _misread_before(evidence: Evidence) -> Iterator[Scored]:
    """Perhaps the frame before was misread: then its bytes belong to the explanation."""
    schema, data, before = evidence.schema, evidence.data, evidence.before
    yield from swallowed(schema, before, data)
    oddness = _oddness(schema, before)
    for each in _stories(evidence, before + data):
        if each.weight >= (NEARLY if oddness > 0 else EXACT):
            text = f"It began in the frame before. {each.guess.text}"
            yield scored(each.weight + oddness, each.guess.kind, text)


def _stories(
    evidence: Evidence, data: bytes, *, start: int = 0, hopeful: bool = False
) -> Iterator[Scored]:
    """What every slip that fits would explain. `hopeful`: believe in frames not yet finished."""
    known_type = not _type_is_wrong(evidence.schema, data[start:])
    for slip in slips_of(evidence.schema):
        story = retell(evidence.schema, slip.spelling, data, start)
        if story is None:
            continue
        weight = _weight(story, data, hopeful=hopeful, ended=evidence.ended, known_type=known_type)
        told = Told(story, data, evidence.schema.tag)
        for rank, kind in enumerate(slip.kinds):
            text = sentence(kind, told)
            if weight and text:
                yield scored(weight + slip.bonus - rank, kind, text)


def _weight(story: Story, data: bytes, *, hopeful: bool, ended: bool, known_type: bool) -> int:
    """How far a story is to be believed, 0 for not at all.

    `known_type`: the bytes begin with a type that exists, so it is hardly missing.
    """
    first, last = story.readings[0], story.readings[-1]
    if not first.whole:
        known = len(first.pieces) - (first.pieces[0].name == TAG_NAME)
        return PARTIAL + 4 * known - min(20, first.missing // 8) if hopeful else 0
    if not first.says_something:
        return 0
    if story.spelling.tag_bytes == 0 and (known_type or len(first.pieces) == 1):
        return HARDLY
    left = data[len(data) - story.left :]
    if left.strip(b"\r\n\0") or (ended and not last.whole):
        return LEFT_OVER
    weight = EXACT if last.whole and not left else NEARLY
    return weight if story.has_text else weight - NUMBERS_ONLY


def _oddness(schema: Schema, before: bytes) -> int:
    """How much likelier than usual it is that the frame before was misread."""
    reading = read_spelled(schema, AS_DECLARED, before, 0)
    if reading is None or not reading.says_something:
        return 6
    return -4 if all(text.isascii() for text in reading.texts) else 0


def _type_is_wrong(schema: Schema, data: bytes) -> bool:
    """True if a whole type field stands there, and no message has it."""
    if schema.tag is None or len(data) < schema.tag.least:
        return False
    return schema.tag.take(data, 0, len(data), 0)[0] not in schema.plans


def _truncated(evidence: Evidence, missing: int) -> Scored:
    data = evidence.data
    plausible = read_spelled(evidence.schema, AS_DECLARED, data, 0) is not None
    what = "are" if missing > 1 else "is"
    return scored(
        60 if plausible or len(data) < 4 else 35,
        GuessKind.TRUNCATED,
        f"Only {len(data)} bytes of the frame came, at least {missing} more {what} missing. Write "
        "the whole frame and flush it; if it was written whole, one of its lengths is too big.",
    )


def _at_the_type(schema: Schema, data: bytes) -> Iterator[Scored]:
    """The type does not exist; nothing better may be known."""
    tag = schema.tag
    if tag is None or not _type_is_wrong(schema, data):
        return
    number, _ = tag.take(data, 0, len(data), 0)
    known = ", ".join(f"{plan.tag} {plan.name}" for plan in schema.plans.values())
    yield scored(
        58 if 0 <= number < 32 else 20,
        GuessKind.UNASSIGNED_TYPE,
        f"The type at byte 0 is {number} ({in_hex(data[: tag.least])}), which does not exist. The "
        f"types are {known}. If the type was meant to be right, the bytes before it were too many "
        "or too few.",
    )


def _checksum(schema: Schema, data: bytes) -> Iterator[Scored]:
    walk = schema.walk(data)
    if walk and walk.stopped_at and isinstance(walk.stopped_at.kind, Checksum):
        yield scored(
            70,
            GuessKind.CHECKSUM,
            f"All fields before `{walk.stopped_at.name}` (byte {walk.pos}) could be read: compute "
            f"it as {walk.stopped_at.kind} over everything before it, the type included.",
        )
