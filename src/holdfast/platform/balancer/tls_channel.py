"""One TLS session without a socket: ciphertext in, plaintext out, and the other way round.

What it holds is bounded by what it is given: decrypting takes all that is whole, so at most one
unfinished record stays inside, and what is encrypted is handed out at once. It never waits and
raises nothing of `ssl`: how the peer's side is over is a value.
"""

import contextlib
import ssl
from enum import Enum

READ_BYTES = 32_768
"""The most ciphertext that is put in at once: two records of the largest size."""
_RECORD_BYTES = 16_384


class Over(Enum):
    """How the peer's side is over."""

    ENDED = "it said so"
    BROKEN = "it was cut off, or sent what is no TLS"


class Shake(Enum):
    """How far a handshake is."""

    DONE = "done"
    UNDER_WAY = "more is to come"
    FAILED = "it cannot become one"


class TlsChannel:
    """The server's side of a TLS session."""

    __slots__ = ("_incoming", "_outgoing", "_session")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._session = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    @property
    def version(self) -> str:
        """Such as `TLSv1.3`, once the handshake is done."""
        return self._session.version() or ""

    def put(self, ciphertext: bytes) -> None:
        """What the peer has sent; nothing is the end of its stream."""
        if ciphertext:
            self._incoming.write(ciphertext)
        else:
            self._incoming.write_eof()

    def take(self) -> bytes:
        """What is to be sent to the peer."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def shake(self) -> Shake:
        """Go on with the handshake; there may be something to `take` whatever comes out."""
        try:
            self._session.do_handshake()
        except ssl.SSLWantReadError:
            return Shake.UNDER_WAY
        except (ssl.SSLError, OSError):
            return Shake.FAILED
        return Shake.DONE

    def decrypt(self) -> tuple[bytes, Over | None]:
        """All plaintext that is there, and whether it was the last. Asked again, the end is told
        again."""
        pieces: list[bytes] = []
        over: Over | None = None
        try:
            while piece := self._session.read(_RECORD_BYTES):
                pieces.append(piece)
            over = Over.ENDED
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            over = Over.ENDED
        except (ssl.SSLError, OSError):
            over = Over.BROKEN
        return pieces[0] if len(pieces) == 1 else b"".join(pieces), over

    def encrypt(self, plaintext: bytes) -> bytes:
        """Plaintext as the peer gets it, with whatever else is to be said first. After the end or a
        failure nothing comes out."""
        view = memoryview(plaintext)
        try:
            while view:
                view = view[self._session.write(view) :]
        except (ssl.SSLError, OSError):
            return b""
        return self.take()

    def finish(self) -> bytes:
        """The word that nothing more will be said; the peer may still speak."""
        with contextlib.suppress(ssl.SSLError, OSError):  # the peer need not have said the same
            self._session.unwrap()
        return self.take()
