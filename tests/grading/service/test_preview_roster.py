"""A roster is compared before it is changed: added, renamed, absent, held by their attempts."""

from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.service.preview_roster import missing_from, preview_roster

ANNA, BEN, CLARA = User(UserId(1), "Anna"), User(UserId(2), "Ben"), User(UserId(3), "Clara")
BENNO = User(UserId(2), "Benno")


def test_every_kind_of_change_is_told_apart() -> None:
    found = preview_roster([ANNA, BEN], [BENNO, CLARA], {ANNA.uid})
    assert (found.added, found.renamed, found.unchanged) == ((CLARA,), ((BEN, BENNO),), 0)
    assert (found.removable, found.held) == ((), (ANNA,))
    assert preview_roster([ANNA, BEN], [BEN], set()).removable == (ANNA,)


def test_who_is_missing_is_asked_about_before() -> None:
    assert missing_from([ANNA, BEN], [BENNO]) == [ANNA.uid]


def test_the_same_roster_changes_nothing() -> None:
    found = preview_roster([ANNA, BEN], [ANNA, BEN], set())
    assert found.changes_nothing
    assert found.unchanged == 2
    assert not preview_roster([ANNA], [ANNA, BEN], set()).changes_nothing


def test_another_preview_has_another_digest() -> None:
    one = preview_roster([ANNA], [ANNA, BEN], set())
    assert one.digest == preview_roster([ANNA], [ANNA, BEN], set()).digest
    assert one.digest != preview_roster([ANNA, CLARA], [ANNA, BEN], set()).digest
    assert one.digest != preview_roster([ANNA], [ANNA, BENNO], set()).digest
