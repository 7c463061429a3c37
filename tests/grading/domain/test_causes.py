"""Causes: who made the same mistake is in the same group, however different the bytes were."""

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.causes import (
    ID_HEX,
    MAX_CAUSE_CHARS,
    Failure,
    cause_id,
    cause_words,
    group_causes,
)
from holdfast.grading.domain.roster import UserId

ECHO, LEASE = TestId("2024-a1-t2"), TestId("2025-4_1")
CASE = 'In your Chat, text differs from byte {at} on: expected "{a}", got "{b}" (upper and lower).'


def failure(uid: int, hint: str, *, test: TestId = ECHO, check: str = "echo") -> Failure:
    return Failure(AttemptId(f"{uid:032x}"), UserId(uid), test, check, hint)


def test_quotes_and_numbers_do_not_make_another_cause() -> None:
    first = cause_words(CASE.format(at=0, a="ab", b="AB"))
    assert first == cause_words(CASE.format(at=12, a="xyz 1", b="XYZ 1"))
    assert first == "In your Chat, text differs from byte # on: expected “…”, got “…” " + (
        "(upper and lower)."
    )


def test_a_named_mistake_is_that_mistake_whatever_stands_behind() -> None:
    hint = "Probably: byte order swapped. `type` at byte 0 is 04 00 00 00."
    assert cause_words(hint) == "byte order swapped"
    assert cause_words("It began before. " + hint) == "byte order swapped"


def test_an_apostrophe_is_no_quote() -> None:
    assert cause_words("The id is somebody else's, not the student's.") == (
        "The id is somebody else's, not the student's."
    )


def test_no_hint_and_a_very_long_one_are_causes_too() -> None:
    assert cause_words("") == ""
    assert len(cause_words("word " * 1000)) == MAX_CAUSE_CHARS


def test_groups_stand_by_the_number_of_their_students() -> None:
    found = group_causes(
        [
            failure(1, "Too soon: wait 12 s.", test=LEASE, check="kept alive"),
            failure(1, "got 1"),
            failure(2, "got 22"),
            failure(3, "got 3", check="only the chat"),
        ]
    )
    assert [(one.test, one.check, one.students) for one in found] == [
        (ECHO, "echo", 2),
        (ECHO, "only the chat", 1),
        (LEASE, "kept alive", 1),
    ]
    assert found[0].example == "got 1"
    assert [one.uid for one in found[0].failures] == [1, 2]
    assert not group_causes([])


def test_a_student_counts_once() -> None:
    (cause,) = group_causes([failure(1, "got 1"), failure(1, "got 2")])
    assert (cause.students, len(cause.failures)) == (1, 2)


def test_the_name_of_a_cause_is_stable_and_its_own() -> None:
    (cause,) = group_causes([failure(1, "got 1 \ud800")])
    assert cause.id == cause_id(ECHO, "echo", "got # \ud800")
    assert len(cause.id) == ID_HEX
    assert cause.id != cause_id(LEASE, "echo", cause.words)
