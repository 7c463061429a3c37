"""How clients differ where the protocol leaves them free: all of these are right.

PURE. Each habit was seen in clients of students. A scenario must pass a right client with any of
them; the tests play all combinations that make sense.
"""

from dataclasses import dataclass
from enum import Enum


class Greeting(Enum):
    """When a client registers and when it triggers."""

    PATIENT = "register, wait for the answer, trigger"
    HASTY = "register and trigger without waiting"
    ONE_SEGMENT = "register and trigger in one write"
    LATE = "trigger, then register"
    NEVER = "trigger without registering"


class Resend(Enum):
    """When a UDP client sends what is not yet acknowledged."""

    ON_DATAGRAM = "after every datagram received"
    ON_SILENCE = "after a silence"


@dataclass(frozen=True, slots=True)
class Habits:
    """One kind of client. `silence_s`: what it takes for a silence.

    `renews_anew`: renew a lease on a new connection. `repeats`: send a sorted list again every
    `silence_s` until there is a verdict. `forgets_acks`: keep sending what is acknowledged.
    """

    greeting: Greeting = Greeting.PATIENT
    resend: Resend = Resend.ON_SILENCE
    silence_s: float = 0.5
    renews_anew: bool = False
    repeats: bool = False
    forgets_acks: bool = False


USUAL = Habits()
