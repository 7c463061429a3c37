"""The predecessor's side of a hand-over, in its loop: it serves on until the successor has it all.

    hello -> sockets     the successor opens what is new in its settings; we serve
    ready -> state       we take nothing more from the shared sockets: arrivals wait in the kernel
    take  -> yours       ours no more; from now on the successor passes heartbeats on (`beats`)

One successor at a time. If it leaves, says something else or takes too long before `yours`, the
sockets were ours all the time and we go on. While we are paused the bound is short.
"""

import array
import socket
from collections.abc import Callable
from typing import Protocol

from holdfast.platform.balancer.loop import Loop, Timer
from holdfast.platform.balancer.poller import IN, OUT
from holdfast.platform.balancer.restart.folder import PrivateFolder, is_rightful
from holdfast.platform.balancer.restart.frames import Frame, Garbled, Inbox, encode
from holdfast.platform.balancer.restart.taking import SOCKET
from holdfast.platform.runtime.logs import Log

START_S = 60.0
"""From `hello` to `ready` a successor opens ports and reads settings. We serve meanwhile."""
PAUSE_S = 3.0
"""From `ready` to `take` nobody serves: no longer than a client's patience."""

_log = Log("balancer")


class Leaving(Protocol):
    """What can be handed over: see `estate.Estate`."""

    def sockets(self) -> dict[str, socket.socket]: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def release(self) -> None: ...
    def state(self) -> dict[str, bytes]: ...


class Giver:
    """Waits for successors at a socket in the folder. `released` is called once, after `yours`,
    with the line to the successor."""

    def __init__(
        self,
        loop: Loop,
        folder: PrivateFolder,
        estate: Leaving,
        released: Callable[[socket.socket], None],
    ) -> None:
        self.loop = loop
        self.estate = estate
        self.released = released
        self._talk: _Talk | None = None
        self._listening = folder.listen(SOCKET)
        loop.watch(self._listening.fileno(), IN, self)

    def on_event(self, _mask: int) -> None:
        try:
            line, _ = self._listening.accept()
        except OSError:  # it has left already, or there is no descriptor: it will see that
            return
        if self._talk is not None or not is_rightful(line):
            _log.warning("hand_over_refused", why="another one is under way, or another user asks")
            line.close()
            return
        line.setblocking(False)
        self._talk = _Talk(self, line)

    def on_fault(self) -> None:
        """One successor's trouble; the next one may try."""

    def over(self) -> None:
        """A conversation is over."""
        self._talk = None

    def close(self) -> None:
        """Hand over to nobody any more."""
        self.loop.unwatch(self._listening.fileno())
        self._listening.close()
        if self._talk is not None:
            self._talk.give_up("we stop")


class _Talk:
    """One conversation with a successor."""

    def __init__(self, giver: Giver, line: socket.socket) -> None:
        self._giver = giver
        self._line = line
        self._inbox = Inbox()
        self._out = memoryview(b"")
        self._expects = "hello"
        self._paused = False
        self._timer = self._bound(START_S)
        giver.loop.watch(line.fileno(), IN, self)

    def on_event(self, mask: int) -> None:
        try:
            if mask & OUT:
                self._flush()
            elif mask:
                self._hear()
        except BlockingIOError:
            return
        except (OSError, Garbled) as error:
            self.give_up(str(error))

    def on_fault(self) -> None:
        self.give_up("a fault of ours")

    def give_up(self, why: str) -> None:
        """The successor did not come: everything is as before."""
        _log.warning("hand_over_failed", why=why, at=self._expects)
        self._end()
        if self._paused:
            self._giver.estate.resume()

    def _hear(self) -> None:
        self._inbox.receive(self._line)
        frame = self._inbox.frame()
        if frame is None:
            return
        if frame.word != self._expects or self._inbox.descriptors:
            raise Garbled(f"{frame.word} instead of {self._expects}")
        match frame.word:
            case "hello":
                self._expects = "ready"
                self._offer()
            case "ready":
                self._expects = "take"
                self._tell_state()
            case "take":
                self._give()

    def _offer(self) -> None:
        sockets = self._giver.estate.sockets()
        numbers = array.array("i", [sock.fileno() for sock in sockets.values()])
        data = encode(Frame("sockets", sockets=tuple(sockets)))
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)] if sockets else []
        sent = self._line.sendmsg([data], beside)
        self._send(data[sent:])

    def _tell_state(self) -> None:
        self._timer.cancel()
        self._timer = self._bound(PAUSE_S)
        self._paused = True
        self._giver.estate.pause()
        self._send(encode(Frame("state", parts=self._giver.estate.state())))

    def _give(self) -> None:
        self._line.sendall(encode(Frame("yours")))
        self._paused = False
        self._forget()
        self._giver.estate.release()
        self._giver.released(self._line)

    def _send(self, data: bytes) -> None:
        self._out = memoryview(data)
        if data:
            self._giver.loop.change(self._line.fileno(), OUT)

    def _flush(self) -> None:
        self._out = self._out[self._line.send(self._out) :]
        if not self._out:
            self._giver.loop.change(self._line.fileno(), IN)

    def _bound(self, within_s: float) -> Timer:
        loop = self._giver.loop
        return loop.call_at(loop.now + within_s, lambda: self.give_up(f"not within {within_s} s"))

    def _end(self) -> None:
        self._forget()
        self._giver.loop.close(self._line)

    def _forget(self) -> None:
        self._timer.cancel()
        self._inbox.close()
        self._giver.loop.unwatch(self._line.fileno())
        self._giver.over()
