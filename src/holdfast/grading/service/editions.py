"""PURE. Editions: which page made before may still be shown, told by numbers that only grow.

News of a student's attempt moves that student's edition and the class's; `Missed` moves all. The
class's edition moves at most every `EVERY_S`, so that an evening's storm of verdicts costs a few
renderings a second: what it tells is never older than that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from holdfast.grading.service.ports import Change, Spoke

EVERY_S = 0.25
"""Open pages wait a little longer after news before they ask again."""


@dataclass(slots=True)
class Editions:
    """The editions of one process. Ids are below 10,000, which bounds the table."""

    _everything: int = 0
    _changes: int = 0
    _students: dict[int, int] = field(default_factory=dict)
    _class: int = 0
    _class_at: float = float("-inf")

    def note(self, news: Iterable[object]) -> None:
        """Take in what was published: changes of attempts, or that everything may have changed."""
        for one in news:
            if isinstance(one, Change):
                self.touch(one.uid)
            elif not isinstance(one, Spoke):  # conversations are on no page that is kept
                self.touch_everything()

    def touch(self, uid: int) -> None:
        """What is shown of this student has changed."""
        self._changes += 1
        self._students[uid] = self._students.get(uid, 0) + 1

    def touch_everything(self) -> None:
        """Anything may have changed: deadlines, names, attempts."""
        self._changes += 1
        self._everything += 1

    def of_course(self) -> int:
        """Of what no attempt changes: tests and their deadlines."""
        return self._everything

    def of_student(self, uid: int) -> tuple[int, int]:
        """Of what is shown of one student."""
        return self._everything, self._students.get(uid, 0)

    def of_results(self) -> int:
        """Of anybody's results, to the last change."""
        return self._changes

    def of_class(self, now: float) -> int:
        """Of the class's page. `now`: monotonic seconds."""
        if self._class != self._changes and now - self._class_at >= EVERY_S:
            self._class, self._class_at = self._changes, now
        return self._class
