"""Which program of which language takes which tests, by which habit, and which mistake it makes.

A table, no behaviour. User ids are given out in order, but for those that say something themselves.
"""

from dataclasses import dataclass
from itertools import count

_ids = count(1000)


@dataclass(frozen=True)
class Right:
    """A right program: each of `passes` ends with exactly one attempt, and that passes."""

    habit: str
    language: str
    words: tuple[str, ...]
    passes: tuple[str, ...]
    uid: int


@dataclass(frozen=True)
class Wrong:
    """A mistake: the attempt at `test` fails, and its reason holds all `names` of the mistake."""

    mistake: str
    language: str
    words: tuple[str, ...]
    test: str
    names: tuple[str, ...]
    uid: int


@dataclass(frozen=True)
class Refused:
    """A mistake before any test: no attempt; the client is told, and an incident is on record."""

    mistake: str
    language: str
    words: tuple[str, ...]
    names: tuple[str, ...]
    uid: int


def right(habit: str, language: str, words: str, passes: str, uid: int | None = None) -> Right:
    given = next(_ids) if uid is None else uid
    return Right(habit, language, tuple(words.split()), tuple(passes.split()), given)


def wrong(mistake: str, language: str, words: str, test: str, *names: str) -> Wrong:
    return Wrong(mistake, language, tuple(words.split()), test, names, next(_ids))


def refused(
    mistake: str, language: str, words: str, *names: str, uid: int | None = None
) -> Refused:
    given = next(_ids) if uid is None else uid
    return Refused(mistake, language, tuple(words.split()), names, given)


SECOND_TRY = right(
    "triggers, registers, and triggers again", "python", "triggers-first", "2025-3_1"
)
"""The one right program that fails first: it has no lease yet."""

NOBODY = 9998
"""An id that is on no roster."""

A1 = "2024-a1-t1 2024-a1-t2 2024-a1-t3 2024-a1-t4"
A2 = "2024-a2-t1 2024-a2-t2 2024-a2-t3 2024-a2-t4"
A3 = "2024-a3-t1 2024-a3-t2 2024-a3-t3"
OF_2025 = "2025-3_1 2025-3_2 2025-4_1 2025-4_2 2025-5_1 2025-5_2 2025-6_1 2025-6_2"
RESET_STORM = 6
"""So many clients write and exit at once: an immediate answer lost 3 of 10 triggers."""

RIGHT = (
    right("writes int by int, never exits", "java", "Course2024 a1,a2,a3", f"{A1} {A2} {A3}"),
    right("all of 2025 at once, renews every 240 s", "java", "Course2025", OF_2025, uid=9999),
    right("takes one read for one message", "node", "a1", A1),
    right("renews on new connections every 180 s", "node", "renew active", "2025-4_1 2025-3_1"),
    right("ignores what is not special", "node", "special", "2025-4_2"),
    right("reaches the prototype without registering", "node", "seed", "seed-user-id", uid=0),
    right("sends the whole list every second", "node", "timestamps-2024", "2024-a3-t3"),
    right("the same of 2025", "node", "timestamps-6_1", "2025-6_1"),
    right("the same while offline", "node", "timestamps-6_2", "2025-6_2"),
    right("answers each datagram with all it has", "node", "offline-2024", "2024-a3-t2"),
    right("the same of 2025", "node", "offline-5_2", "2025-5_2"),
    right("all triggers before it reads", "c", "a1", A1),
    right("writes, and exits at once", "c", "a2-and-exit", "2024-a2-t1"),
    right("the same of 2025", "c", "3_1-and-exit", "2025-3_1"),
    right("renews every 240 s", "c", "renew-240", "2024-a2-t3"),
    right("reads only what is special", "c", "special", "2024-a2-t4"),
    right("student 7777 calls 7777", "c", "timestamp-7777", "2024-a2-t2", uid=7777),
    right("a connected UDP socket", "c", "timestamp", "2025-3_2"),
    right("again after half a second of silence", "c", "missing-2024", "2024-a3-t1"),
    right("the same of 2025", "c", "missing-5_1", "2025-5_1"),
    right("keeps what it has while offline", "c", "offline", "2025-5_2"),
    right("sorts while offline", "c", "reorder-6_2", "2025-6_2"),
    right("registers on the prototype's port", "c", "seed", "seed-user-id"),
    right(
        "all in one segment, on another test's port",
        "python",
        "one-segment",
        "2024-a1-t2 2024-a1-t4 2024-a2-t1 2024-a2-t4 2025-3_1 2025-4_2",
    ),
    right(
        "byte by byte, without registering",
        "python",
        "without-registering",
        "2024-a1-t1 2024-a1-t3",
    ),
    right("gives back every datagram", "python", "parrot", "2025-3_2"),
    right("the same as 7777", "python", "parrot-7777", "2024-a2-t2"),
    right("a connection for each test", "python", "several-connections", A1),
    right("renews every 121 s", "python", "renew-121", "2024-a2-t3"),
    right("renews too soon, then in time", "python", "renew-70", "2025-4_1"),
    right("acts only on datagrams", "python", "datagram-only-a3-t1", "2024-a3-t1"),
    right("the same while offline", "python", "datagram-only-a3-t2", "2024-a3-t2"),
    right("all each second, every third datagram lost", "python", "every-second-5_1", "2025-5_1"),
    right("triggers again and again, with junk between", "python", "impatient", "2025-6_1"),
    right("a second between its datagrams", "python", "unhurried", "2024-a3-t3"),
    *(
        right(f"writes and exits ({i})", "c", "a1-and-exit", "2024-a1-t1")
        for i in range(RESET_STORM)
    ),
)

WRONG = (
    wrong("counts characters", "java", "Course2024 a1 chars", "2024-a1-t3", "2 bytes", "2000"),
    wrong("forgets the limit", "java", "Course2024 a1 whole-length", "2024-a1-t3", "whole length"),
    wrong("echoes every chat", "node", "echo-all", "2025-4_2", "ordinary chat came back"),
    wrong("another id in the text", "node", "seed-wrong", "seed-user-id", "4321"),
    wrong("does not sort", "node", "unsorted", "2025-6_1", "the order in which they came", "sort"),
    wrong("begins with the second", "node", "rotated", "2025-6_1", "rotated"),
    wrong("sends while offline", "node", "sends-offline", "2025-5_2", "Offline notice", "Keep"),
    wrong(
        "no frame around the text", "c", "raw-string", "2024-a1-t2", "plain text", "Write a frame"
    ),
    wrong("a newline too much", "c", "newline", "2024-a1-t2", "line end"),
    wrong("little-endian", "c", "swapped-answer", "2024-a1-t2", "byte order", "big-endian"),
    wrong("the length of the frame", "c", "long-length", "2024-a1-t2", "counts the header"),
    wrong("another recipient", "c", "wrong-recipient", "2024-a1-t2", "recipient differs"),
    wrong("renews every 320 s", "c", "renew-320", "2024-a2-t3", "the lease has run out"),
    wrong("never sends again", "c", "forgets", "2025-5_1", "did not come again", "send it again"),
    wrong("sends its list offline", "c", "hasty-6_2", "2025-6_2", "Offline notice", "Keep"),
    wrong("no lease", "python", "never-registers", "2024-a2-t1", "no active lease", "register"),
    wrong("never renews", "python", "never-renews", "2024-a2-t3", "the lease has run out"),
    wrong("a prefix of its own", "python", "with-prefix", "2024-a1-t2", "expected text", "inside"),
    wrong("no length", "python", "missing-length", "2024-a1-t2", "text without its length"),
    wrong(
        "echoes the error", "python", "echoes-error-too", "2024-a1-t4", "error response came back"
    ),
    wrong("hangs up", "python", "hangs-up", "2024-a1-t2", "connection was closed"),
    wrong("only the number", "python", "numbers-only", "2025-5_1", "never came back unchanged"),
    wrong("a part of the list", "python", "part-of-list", "2025-6_2", "7 of 8 messages"),
)

REFUSED = (
    refused("little-endian everywhere", "c", "little-endian", "byte order", "big-endian"),
    refused("a line as println writes it", "python", "plain-line", "plain text", "Write a frame"),
    refused("writeUTF alone", "python", "bare-utf", "without a frame around it"),
    refused("an HTTP library", "python", "http", "HTTP", "plain TCP socket"),
    refused("the wrong port", "python", "wrong-port", "2025-3_2 runs on UDP port"),
    refused("its own id instead of 7777", "python", "own-id-for-7777", "recipient 7777"),
    refused("a newline after the trigger", "python", "trailing-newline", "line end"),
    refused("UTF-16", "python", "utf-16", "UTF-16"),
    refused("a frame that never ends", "python", "half-a-frame", "frame not finished"),
    refused("a host without its length", "python", "host-without-length", "without its length"),
    refused("an unknown id", "python", "without-registering", "9998 is not on", uid=NOBODY),
)
