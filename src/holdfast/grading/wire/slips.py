"""The classic slips as data: spellings worth trying, which mistakes they are, how common.

PURE. A slip may be a usual pair of mistakes; its kinds stand in the order in which they are told.
`sentences` has the words for each kind, `guessing` weighs what fits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.kinds import Int
from holdfast.grading.wire.message import Plan
from holdfast.grading.wire.schema import Schema
from holdfast.grading.wire.spelling import Counts, Spelling
from holdfast.grading.wire.text import Encoding

MOST_ORDERED_FIELDS = 4
"""Messages with more fields are not tried in other orders: 5 fields already have 120."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake, or a usual pair of them. `bonus` raises the weight of common ones, 0 to 8."""

    spelling: Spelling
    kinds: tuple[GuessKind, ...]
    bonus: int


_ORDER = GuessKind.BYTE_ORDER
_WIDTH = GuessKind.LENGTH_WIDTH
_LITTLE = Spelling(swap_tag=True, swap_ints=True, swap_lengths=True)

_BYTE_ORDERS = (
    Slip(_LITTLE, (_ORDER,), 8),
    Slip(Spelling(swap_tag=True, swap_ints=True), (_ORDER,), 7),
    Slip(Spelling(swap_tag=True), (_ORDER,), 5),
    Slip(Spelling(swap_ints=True), (_ORDER,), 6),
    Slip(Spelling(swap_lengths=True), (_ORDER,), 6),
    Slip(Spelling(swap_ints=True, swap_lengths=True), (_ORDER,), 5),
    Slip(replace(_LITTLE, length_bytes=4), (_ORDER, _WIDTH), 6),
    Slip(replace(_LITTLE, length_bytes=1), (_ORDER, _WIDTH), 4),
    Slip(replace(_LITTLE, length_bytes=0), (_ORDER, GuessKind.NO_LENGTH), 1),
    Slip(replace(_LITTLE, length_bytes=0, ending=b"\0"), (_ORDER, GuessKind.NUL_TERMINATED), 3),
)
_TYPES = (
    Slip(Spelling(tag_bytes=0), (GuessKind.MISSING_TYPE,), 6),
    Slip(Spelling(tag_bytes=1), (GuessKind.TYPE_WIDTH,), 6),
    Slip(Spelling(tag_bytes=2), (GuessKind.TYPE_WIDTH,), 6),
    Slip(Spelling(tag_bytes=4), (GuessKind.TYPE_WIDTH,), 6),
    Slip(Spelling(tag_bytes=8), (GuessKind.TYPE_WIDTH,), 5),
)
_NUMBERS = (
    Slip(Spelling(tag_bytes=8, int_bytes=8), (GuessKind.INT_WIDTH, GuessKind.TYPE_WIDTH), 7),
    Slip(Spelling(tag_bytes=2, int_bytes=2), (GuessKind.INT_WIDTH, GuessKind.TYPE_WIDTH), 5),
    Slip(Spelling(tag_bytes=1, int_bytes=2), (GuessKind.TYPE_WIDTH, GuessKind.INT_WIDTH), 3),
    Slip(Spelling(digits="text"), (GuessKind.ASCII_NUMBER,), 6),
    Slip(Spelling(digits="raw"), (GuessKind.ASCII_NUMBER,), 4),
)
_LENGTHS = (
    Slip(Spelling(length_bytes=4), (_WIDTH,), 7),
    Slip(Spelling(length_bytes=1), (_WIDTH,), 5),
    Slip(Spelling(length_bytes=2), (_WIDTH,), 5),
    Slip(Spelling(length_bytes=4, swap_lengths=True), (_WIDTH, _ORDER), 4),
    Slip(Spelling(counts=Counts.ITSELF), (GuessKind.LENGTH_INCLUDES_PREFIX,), 6),
    Slip(Spelling(counts=Counts.FRAME), (GuessKind.LENGTH_INCLUDES_HEADER,), 5),
    Slip(Spelling(counts=Counts.DOUBLE), (GuessKind.LENGTH_DOUBLED,), 6),
    Slip(Spelling(counts=Counts.CHARS), (GuessKind.LENGTH_IN_CHARS,), 8),
    Slip(Spelling(length_bytes=0), (GuessKind.NO_LENGTH,), 2),
    Slip(Spelling(length_bytes=0, ending=b"\n"), (GuessKind.NO_LENGTH,), 3),
    Slip(Spelling(length_bytes=0, ending=b"\r\n"), (GuessKind.NO_LENGTH,), 3),
    Slip(Spelling(length_bytes=0, ending=b"\0"), (GuessKind.NUL_TERMINATED,), 5),
    Slip(Spelling(ending=b"\0"), (GuessKind.NUL_TERMINATED,), 6),
    Slip(Spelling(ending=b"\n"), (GuessKind.TRAILING_NEWLINE,), 6),
    Slip(Spelling(ending=b"\r\n"), (GuessKind.TRAILING_NEWLINE,), 6),
)
_ENCODINGS = (
    *(
        Slip(Spelling(encoding=encoding, counts=counts, length_bytes=length), kinds, 6)
        for encoding in (Encoding.UTF_16_BE, Encoding.UTF_16_LE)
        for counts, length, kinds in (
            (Counts.BYTES, None, (GuessKind.UTF_16,)),
            (Counts.CHARS, None, (GuessKind.UTF_16,)),
            (Counts.BYTES, 0, (GuessKind.UTF_16, GuessKind.NO_LENGTH)),
        )
    ),
    Slip(Spelling(encoding=Encoding.LATIN_1), (GuessKind.LATIN_1,), 3),
)
_EVERYWHERE = _BYTE_ORDERS + _TYPES + _NUMBERS + _LENGTHS + _ENCODINGS


def slips_of(schema: Schema) -> Iterator[Slip]:
    """The slips that can be made in this protocol: the general ones, then each message's own."""
    width = schema.tag.least if schema.tag else 0
    for slip in _EVERYWHERE:
        if slip.spelling.tag_bytes is None or (width and slip.spelling.tag_bytes != width):
            yield slip
    for plan in schema.plans.values():
        yield from _widths(plan)
        yield from _orders(plan)


def _widths(plan: Plan) -> Iterator[Slip]:
    """Each number of another width, alone and all together."""
    numbers = [field for field in plan.fields if isinstance(field.kind, Int)]
    for only in ("", *(field.name for field in numbers if len(numbers) > 1)):
        for width in (1, 2, 4, 8):
            yield Slip(Spelling(int_bytes=width, only=only), (GuessKind.INT_WIDTH,), 5)


def _orders(plan: Plan) -> Iterator[Slip]:
    names = tuple(field.name for field in plan.fields)
    if len(names) <= MOST_ORDERED_FIELDS:
        for order in permutations(names):
            if order != names:
                yield Slip(Spelling(order=order), (GuessKind.FIELD_ORDER,), 5)
