"""Preview a roster: what a file would add, rename and remove, before anything is done.

No I/O. What was shown has a digest: whoever confirms sends it back, and when the roster has changed
meanwhile the preview is shown anew instead of something that nobody has seen.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from holdfast.grading.domain.roster import User, UserId


@dataclass(frozen=True, slots=True)
class RosterPreview:
    """`renamed`: (as it is, as it would be). `removable` are not in the file and have no attempt;
    `held` are not in the file and stay, for they have attempts."""

    added: tuple[User, ...]
    renamed: tuple[tuple[User, User], ...]
    unchanged: int
    removable: tuple[User, ...]
    held: tuple[User, ...]

    @property
    def digest(self) -> str:
        """Equal for equal previews."""
        said = (self.added, self.renamed, self.unchanged, self.removable, self.held)
        return sha256(repr(said).encode("utf-8", "replace")).hexdigest()

    @property
    def changes_nothing(self) -> bool:
        return not (self.added or self.renamed or self.removable)


def missing_from(current: Iterable[User], wanted: Iterable[User]) -> Sequence[UserId]:
    """Who is on the roster and not in the file."""
    named = {user.uid for user in wanted}
    return [user.uid for user in current if user.uid not in named]


def preview_roster(
    current: Sequence[User], wanted: Sequence[User], attempted: Collection[UserId]
) -> RosterPreview:
    """Compare the roster with a file. `attempted`: who of those not in the file has an attempt."""
    held = {user.uid: user for user in current}
    gone = [held[uid] for uid in missing_from(current, wanted)]
    return RosterPreview(
        added=tuple(user for user in wanted if user.uid not in held),
        renamed=tuple(
            (held[user.uid], user)
            for user in wanted
            if user.uid in held and held[user.uid].name != user.name
        ),
        unchanged=sum(held.get(user.uid) == user for user in wanted),
        removable=tuple(user for user in gone if user.uid not in attempted),
        held=tuple(user for user in gone if user.uid in attempted),
    )
