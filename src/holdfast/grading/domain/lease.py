"""A lease: the right of a *user* to go on, granted by registering, kept by renewing in time.

PURE. A lease belongs to a user, not to a connection: it survives a closed connection and is seen by
every node, port and transport. All times here are seconds relative to the store's own clock at the
moment it answered, so a node's clock never decides about a lease.
"""

from dataclasses import dataclass

from holdfast.grading.domain.roster import NotClaimed, Source, UnknownUser, UserId


@dataclass(frozen=True, slots=True)
class Registration:
    """A register request as the store sees it. `request_id` makes its retry harmless."""

    uid: UserId
    source: Source
    request_id: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A user's lease at the moment the store answered.

    `held_for_s`: since the unbroken chain of grants began. `granted_s_ago`: since the last grant.
    `expires_in_s`: negative once it has run out. `renewals`: grants in the chain after the first.
    """

    uid: UserId
    source: Source
    held_for_s: float
    granted_s_ago: float
    expires_in_s: float
    renewals: int

    @property
    def is_active(self) -> bool:
        return self.expires_in_s > 0


@dataclass(frozen=True, slots=True)
class Granted:
    """Registered: the lease is new or renewed."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class TooSoon:
    """Renewed before the minimum distance had passed; the lease is unchanged and still valid."""

    lease: Lease
    wait_s: float


RegistrationAnswer = Granted | TooSoon | UnknownUser | NotClaimed
