"""What a session tells a client in error frames: one place for every sentence.

No I/O. A student reads these on a terminal, so each says what was wrong and what to do. Bounded,
because clients' UDP receive buffers are as small as 512 bytes. Where the spec has exact words for a
client to look for, they stand here unchanged.
"""

from math import ceil

from holdfast.grading.domain.roster import MAX_USER_ID
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.templates import quote

MAX_TEXT_BYTES = 480
"""With the frame's own bytes it fits a client's 512-byte buffer."""

UNKNOWN_TYPE = "Unknown message type"
"""Exact: the seed's clients look for it."""
STORE_AWAY = "The course's store cannot be reached just now. Nothing was lost; please try again."
DRAINING = "This server is being restarted: no new test begins here. Connect again in a moment."
TOO_MANY_ATTEMPTS = "Too many tests were started on this connection. Please open a new one."
TOO_MANY_RUNNING = "Too many of your tests are running at once. Wait until some of them have ended."
NOT_RECORDED = "The result could not be recorded, so it does not count. Please try again."
TOO_FAST = "Far too many bytes came at once, so this connection ends."
TOO_LONG = "The text is too long to be acknowledged."


def bounded(text: str) -> str:
    """The text, cut to what every client can receive; never within a character."""
    raw = text.encode("utf-8", "backslashreplace")
    if len(raw) <= MAX_TEXT_BYTES:
        return raw.decode()
    return raw[: MAX_TEXT_BYTES - 3].decode("utf-8", "ignore") + "..."


def unknown_user(uid: int, suspicion: str = "") -> str:
    """Nobody has this id; `suspicion`: what looks odd about the frame that it stood in."""
    if 0 <= uid <= MAX_USER_ID:
        return f"User id {uid} is not on the roster of this course. Use the id you were given."
    question = "Is it written as a big-endian 4-byte int right after the message type?"
    return f"User id {uid} cannot exist: ids are 0 to {MAX_USER_ID}. {suspicion or question}"


def not_claimed(uid: int) -> str:
    """The id is somebody's, but not yet from here."""
    return f"User id {uid} is not claimed from your address. Claim it on the course's page first."


def too_soon(wait_s: float) -> str:
    """Begins with the exact words that clients look for."""
    left = ceil(wait_s)
    return (
        f"Lease renewal triggered too soon: {left} seconds left until it may be renewed. "
        "The lease you hold is still valid."
    )


def wrong_type(name: str) -> str:
    """The seed's exact words for a message that only a server may send."""
    return f"Invalid Message Type : {name}"


def elsewhere(scenario: Scenario, transport: str, port: int, offset: int = 0) -> str:
    """The test runs on another port; clients use ports that lie `offset` above ours."""
    ports = " or ".join(str(each + offset) for each in scenario.ports)
    return (
        f"The test {scenario.id} runs on {scenario.transport.upper()} port {ports}; "
        f"this is {transport.upper()} port {port + offset}."
    )


def misaddressed(scenario: Scenario, recipient: int) -> str:
    """The trigger's recipient is not the one the test wants."""
    wanted = scenario.trigger.recipient if scenario.trigger else None
    return f"The trigger of test {scenario.id} goes to recipient {wanted}, not {recipient}."


def misspelt(scenario: Scenario, text: str, suspicion: str) -> str:
    """The chat starts nothing, but nearly the test; `suspicion`: what looks odd about it."""
    trigger = scenario.trigger.text if scenario.trigger else ""
    said = f"{quote(text)} starts no test. To start {scenario.id} send exactly {quote(trigger)}."
    return f"{said} {suspicion}".rstrip()


def no_lease_here(host: str) -> str:
    """A trigger that names nobody, from an address without a lease."""
    return (
        f"There is no active lease from your address {host}, so nobody knows whose test this is. "
        "Register over TCP first."
    )


def shared_address(host: str, users: int) -> str:
    """A trigger that names nobody, from an address with leases of several students."""
    return (
        f"{users} students hold leases from your address {host}, so nobody knows whose test this "
        "is. Run it while you are the only one, or from another address."
    )


def garbled(explanation: str) -> str:
    """Bytes that are no frame."""
    return f"These bytes are no message. {explanation}"


def waiting(explanation: str, seconds: float) -> str:
    """A frame that is not whole yet."""
    return f"A message has been unfinished for {seconds:g} s, and nothing goes on. {explanation}"


def unfinished(explanation: str, seconds: float) -> str:
    """A frame that never became whole."""
    return (
        f"A message has been unfinished for {seconds:g} s, so this connection ends. {explanation}"
    )


def idle(seconds: float) -> str:
    """Nothing came for a long time."""
    return f"No message came for {seconds:g} s, so this connection ends. Connect again any time."


def recorded_otherwise(verdict: str) -> str:
    """The store holds another verdict of this attempt than we found."""
    return f"This attempt was recorded as {verdict}. Please try again."
