"""An inbox offers each arrival to all who wait, and explains why a wait was in vain."""

from holdfast.grading.domain.inbox import Arrival, Clue, Inbox, Listener, Taken
from holdfast.grading.domain.requests import AwaitClose, Diverged, Listen, Mode
from holdfast.grading.domain.templates import capture, like
from holdfast.grading.wire.course import Chat
from tests.support.playing import chat


def until(template: object, **options: object) -> Listener:
    return Listener(Listen("client", template, Mode.UNTIL, 2.0, **options), 2.0)  # type: ignore[arg-type]


def expect(template: object) -> Listener:
    return Listener(Listen("client", template, Mode.NEXT, 2.0), 2.0)  # type: ignore[arg-type]


def hint(opinion: object) -> str:
    assert isinstance(opinion, Diverged)
    return opinion.hint


def test_the_first_who_matches_takes_the_message() -> None:
    inbox = Inbox()
    listeners = [expect(chat("a")), until(chat("b")), until(like(Chat))]
    assert inbox.offer(Arrival(0, chat("b")), listeners) == [None, Taken(chat("b")), None]


def test_a_message_that_nobody_takes_diverges_who_expects_it() -> None:
    opinions = Inbox().offer(Arrival(3, chat("c")), [expect(chat("a")), until(chat("b"))])
    assert opinions[1] is None
    assert isinstance(opinions[0], Diverged)
    assert opinions[0].entry == 3


def test_a_taken_message_leaves_no_near_miss_with_others() -> None:
    inbox = Inbox()
    waiting = until(chat("hello"))
    inbox.offer(Arrival(0, chat("b")), [waiting, until(chat("b"))])
    assert hint(inbox.on_deadline(waiting)).startswith("Nothing came")


def test_captures_are_bound_by_a_wrong_answer_too() -> None:
    text = capture()
    wrong = ((like(Chat, text=text), "wrong"),)
    waiting = until(chat("x"), wrong=wrong)
    assert hint(Inbox().offer(Arrival(0, chat("y")), [waiting])[0]) == "wrong"
    assert text.value == "y"


def test_the_later_of_near_misses_and_unreadable_bytes_explains_more() -> None:
    inbox = Inbox()
    waiting = until(chat("hello"))
    inbox.offer(Arrival(0, None, "unreadable"), [waiting])
    assert hint(inbox.on_deadline(waiting)) == "unreadable"
    inbox.offer(Arrival(1, chat("hallo")), [waiting])
    assert "from byte 1" in hint(inbox.on_deadline(waiting))
    inbox.stalled = Clue("unfinished", 2)
    assert hint(inbox.on_deadline(waiting)) == "unfinished"


def test_a_miss_that_is_as_near_but_later_is_told() -> None:
    inbox = Inbox()
    waiting = until(chat("hello"))
    for entry, text in enumerate(("hexxx", "heyyy", "h")):
        inbox.offer(Arrival(entry, chat(text)), [waiting])
    opinion = inbox.on_deadline(waiting)
    assert isinstance(opinion, Diverged)
    assert opinion.entry == 1


def test_a_wait_for_a_close_sees_nothing_else() -> None:
    inbox = Inbox()
    waiting = Listener(AwaitClose("client", 2.0), 2.0)
    assert inbox.offer(Arrival(0, chat("x")), [waiting]) == [None]
    assert inbox.offer(Arrival(1, None, "bytes"), [waiting]) == [None]
    assert inbox.on_close(waiting) == Taken(None)
    assert hint(inbox.on_deadline(waiting)) == "The connection was not closed within 2 s."
