"""What is drawn, and how an answer goes along with its effect."""

from datetime import UTC, datetime

from holdfast.flights.domain.ids import is_id
from holdfast.flights.service.answering import Draw, Telling, told
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import Answering

DRAW = Draw(
    lambda: datetime(2027, 3, 1, tzinfo=UTC), lambda count: bytes(range(250, 250 - count, -1))
)


def test_ids_and_references_are_made_of_what_is_drawn() -> None:
    assert is_id("ord", DRAW.id("ord"))
    assert DRAW.reference() == "432ZYX"


def test_a_reference_has_no_signs_that_look_alike() -> None:
    every = {
        Draw(DRAW.now, lambda count, n=n: bytes([n] * count)).reference()[0]  # type: ignore[misc]
        for n in range(256)
    }
    assert len(every) == 32
    assert not every & set("01IO")


def test_a_call_with_a_key_keeps_the_answer_to_what_it_will_have_done() -> None:
    once = Once("own", "key", b"h" * 32)
    telling = Telling[int](once, lambda done: StoredAnswer(200, str(done).encode()))
    assert told(telling, 7) == Answering(once, StoredAnswer(200, b"7"))
    assert told(None, 7) is None
