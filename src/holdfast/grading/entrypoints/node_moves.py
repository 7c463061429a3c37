"""Sessions of lost nodes that go on here: the journal in, the replay, and then as if always here.

The law of time: what the client sent while nobody served it counts as sent when it was; deadlines
that ran out meanwhile are looked at only after that, in their order. Datagrams are taken in now, as
ones that waited, so that what the test sends meanwhile has its true time. Where the lost node's
last words never reached the client, the session's time stood still: it cannot have answered.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from holdfast.grading.entrypoints.node_driver import Driver, House, Line
from holdfast.grading.service.session_exchange import BytesIn, DatagramIn, Moved
from holdfast.grading.service.session_origin import Diverged
from holdfast.grading.service.session_place import Channel
from holdfast.grading.service.session_replay import resume_session
from holdfast.platform.balancer.handover_wire import Resume, Tag, decode_resume, resume_length
from holdfast.platform.runtime.logs import Log

_log = Log("node")


@dataclass(slots=True, eq=False)
class Awaited:
    """A moved connection whose journal is coming in."""

    channel: Channel
    tag: Tag
    _buffer: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> tuple[Resume, bytes] | None:
        """The journal and the bytes behind it, once it is whole. `HandoverError` if it is none."""
        self._buffer += data
        length = resume_length(self._buffer)
        if length is None or len(self._buffer) < length:
            return None
        return decode_resume(bytes(self._buffer[:length])), bytes(self._buffer[length:])


def go_on(house: House, awaited: Awaited, line: Line, resume: Resume) -> Driver:
    """Play the session again and serve it from now on. `Diverged` when that is impossible."""
    began = time.perf_counter()
    channel, tag = awaited.channel, awaited.tag
    try:
        resumed = resume_session(house.place, channel, tag, resume)
    except Diverged:
        raise
    except Exception as error:
        _log.exception("replay_failed", session=tag.id.hex())
        raise Diverged(f"the replay failed: {type(error).__name__}") from None
    heard_at = max([resumed.at, *(at for at, _ in resumed.unheard)])
    now = heard_at if resumed.unsent else max(heard_at, resume.age_s)
    driver = Driver.resumed(house, channel, line, resumed=resumed, tag=tag, now=now)
    at = resumed.at
    for piece_at, data in resumed.unheard:
        if channel.transport == "udp":
            at = max(at, driver.now())
            driver.tell(DatagramIn(data, round(max(0.0, at - piece_at), 6)), at)
        else:
            at = round(max(at, piece_at), 6)
            driver.tell(BytesIn(data), at)
    driver.tell(_move(house, resume), max(at, driver.now()))
    _log.info(
        "session_resumed",
        session=tag.id.hex(),
        moved_from=resume.moved_from,
        notes=len(resume.notes),
        took_ms=round((time.perf_counter() - began) * 1000, 1),
    )
    return driver


def _move(house: House, resume: Resume) -> Moved:
    here, clock = house.place.node, datetime.now(UTC).strftime("%H:%M:%S")
    told = f"moved from {resume.moved_from} to {here} at {clock} UTC: the first server was lost"
    return Moved(here, house.place.incarnation, told)
