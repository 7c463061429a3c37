"""The course's numbers: every [?] and [I] of the protocol is a setting here, with its reason.

PURE. Lease length, minimum renewal distance and test length scale with `time_scale`; the waits that
make real clients work are real time and never scale. Properties ending in `_scaled_s` are what
scenarios use. Units are last in the names.
"""

from dataclasses import dataclass, fields, replace

MAX_NUMBERED = 9
"""Numbered chats carry their number as one digit."""

FEWEST_TIMESTAMPED = 4
"""With fewer messages most wrong orders are right by chance."""
MOST_TIMESTAMPED = 100
"""Sent with gaps well under a second, they must be through before a client's silence begins."""
PRACTICE_SCALE = 0.01
"""Of practice mode: a lease test of twenty minutes takes twelve seconds."""
_POSITIVE = (
    "time_scale",
    "lease_s",
    "lease_test_s",
    "answer_s",
    "udp_test_s",
    "udp_give_up_s",
    "udp_prompt_s",
    "reorder_prompt_s",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of a course's tests, stored in each transcript so that replay needs no config."""

    time_scale: float = 1.0
    """Practice factor: 0.01 makes leases and lease tests a hundred times shorter."""
    lease_s: float = 300.0
    """Length of a lease. Students renew every 121 to 240 s, so 5 minutes. [I]"""
    renew_min_s: float = 120.0
    """Minimum distance of two registrations of one user; earlier is answered `too soon`. [I]"""
    lease_test_s: float = 1200.0
    """How long a lease must be kept alive by the renewal tests: clients run 20 to 30 min. [I]"""
    lease_grace_s: float = 2.0
    """A datagram's trigger waits so long for its lease: TCP and UDP have no order, so it may have
    overtaken the registration that the client sent before it. Real time. [?]"""
    register_hold_s: float = 0.015
    """The register response waits this long: a client that writes and exits would reset the
    connection on an immediate answer and lose its own trigger."""
    bare_pause_s: float = 0.4
    """Pause of 2024-a1-t2 between the out-of-band string and the chat: they must not merge."""
    answer_s: float = 10.0
    """How long a client may take for an answer. Real time: it is the client's own speed. [?]"""
    silence_s: float = 2.0
    """How long a wrong extra answer is waited for after the right one. [?]"""
    echo_all_fails: bool = True
    """2024-a2-t4 and 2025-4_2: echoing other chats than the special one fails. [?]"""
    numbered_messages: int = 8
    """How many numbered chats the UDP tests send: fewer than 10, for the index is one digit. [I]"""
    dropped_acks: int = 3
    """How many acknowledgements the lost-message test leaves out in the first round. [?]"""
    lead_in_s: float = 0.3
    """Pause between a TCP trigger (and its register response) and the test's first frame, and
    between its frames: a client that parses whatever one read returned would lose the second of two
    merged ones. A lost packet comes 0.2 s late."""
    special_neighbours: int = 4
    """Most ordinary chats before, and after, the special one of 2024-a2-t4 and 2025-4_2. [I]"""
    message_gap_s: float = 0.08
    """Distance of two numbered or timestamped messages: well under the client's silence. [I]"""
    resend_gap_s: float = 0.2
    """A copy that comes sooner than this after the first is no answer to a missing
    acknowledgement. [?]"""
    ack_gap_s: float = 0.25
    """A message is acknowledged again at most this often: a client that sends all it has after
    each datagram would be driven to a storm. [?]"""
    udp_prompt_s: float = 1.0
    """A UDP test repeats its last prompt when the client was silent this long. [I]"""
    prompt_growth: float = 1.25
    """Each prompt waits so much longer than the one before: a client that acts only on a silence
    of 1 or 2 s must find one. [I]"""
    reorder_prompt_s: float = 3.0
    """The same for the reordering tests: their clients wait for 1 to 2 s of silence. [I]"""
    udp_give_up_s: float = 20.0
    """A UDP test ends when nothing new came for so long, prompts notwithstanding. [?]"""
    udp_test_s: float = 60.0
    """Longest duration of a UDP test. Real time, for clients wait for silences. [?]"""
    offline_s: float = 2.5
    """How long a user stays offline: longer than the silence after which clients send. [?]"""
    offline_grace_s: float = 1.0
    """What comes so soon after the Offline notice was sent before the client had read it: a slow
    network, and a slow program with some datagrams to read before the notice. Up to when the node's
    kernel got it. [?]"""
    timestamped_messages: int = 8
    """How many messages the reordering tests send. [?]"""
    numbers_follow_time: bool = True
    """Number timestamped messages by their time, as clients that number them anew expect; False
    numbers them at random, so that sorting by number is wrong. [?]"""
    list_gap_s: float = 0.7
    """A longer pause than this ends a list, unless it was sorted so far and goes on so: clients
    re-send theirs every second. [?]"""
    shared_address: str = "newest"
    """2024-a2-t2 names nobody (recipient 7777): with several leases from one address, credit the
    `newest` registration or `refuse`. [?]"""
    verdict_chats: bool = True
    """Tell the verdict of lease tests as a chat, never for 2024 assignment 1. [?]"""

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be more than 0")
        for name in (entry.name for entry in fields(self) if entry.name.endswith("_s")):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must not be negative")
        if not self.renew_min_s < self.lease_s:
            raise ValueError("renew_min_s must be less than lease_s: nobody could renew in time")
        if not 1 <= self.numbered_messages <= MAX_NUMBERED:
            raise ValueError(f"numbered_messages must be 1 to {MAX_NUMBERED}, one digit")
        if not FEWEST_TIMESTAMPED <= self.timestamped_messages <= MOST_TIMESTAMPED:
            wanted = f"{FEWEST_TIMESTAMPED} to {MOST_TIMESTAMPED}"
            raise ValueError(f"timestamped_messages must be {wanted}")
        if not self.prompt_growth >= 1:
            raise ValueError("prompt_growth must be at least 1: prompts may not come ever faster")
        if self.shared_address not in ("newest", "refuse"):
            raise ValueError("shared_address must be newest or refuse")

    @property
    def in_practice(self) -> "Rules":
        """The same numbers in practice mode."""
        return replace(self, time_scale=min(self.time_scale, PRACTICE_SCALE))

    @property
    def lease_scaled_s(self) -> float:
        return self.lease_s * self.time_scale

    @property
    def renew_min_scaled_s(self) -> float:
        return self.renew_min_s * self.time_scale

    @property
    def lease_test_scaled_s(self) -> float:
        return self.lease_test_s * self.time_scale
