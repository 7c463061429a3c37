"""A student's program on plain sockets; each task is one habit, or one mistake, of real programs.

python student.py HOST OFFSET UID HOME SCALE TASK

It imports nothing but the standard library, and most of its tasks run until they are stopped.
"""

import contextlib
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable

HOST, HOME, TASK = sys.argv[1], sys.argv[4], sys.argv[6]
OFFSET, UID, SCALE = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[5])
ACK = "Acknowledged message: "

ERROR_4 = "TEST 4 HANDLING ERROR MESSAGE"
OUT_OF_BAND = "TEST 2 OUT OF BAND PROTOCOL MESSAGE"
TOO_LONG = "TEST 3 EXCEEDING MAX MESSAGE LENGTH"
KNOWN_ID = "TEST 1 USER ID CORRECTNESS"
ACTIVE_2024 = "TEST 1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE"
ACTIVE_2025 = "TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE"
RENEW_2024 = "TEST 3 RENEW LEASE"
RENEW_2025 = "TEST 4_1 RENEW LEASE"
SPECIAL_2024 = "TEST 4 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE"
SPECIAL_2025 = "TEST 4_2 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE"
ECHO_2024 = "TEST 2 ECHO MESSAGE FROM USER"
ECHO_2025 = "TEST 3_2 ECHO MESSAGE FROM USER"
LOST_2024 = "TEST 1 MISSING MESSAGE RECONCILIATION"
LOST_2025 = "TEST 5_1 LOST MESSAGE HANDLING"
OFFLINE_2024 = "TEST 2 OFFLINE BUFFERING OF MESSAGES"
OFFLINE_2025 = "TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE"
SORT_2024 = "TEST 3 TIMESTAMP REORDERING"
SORT_2025 = "TEST 6_1 TIMESTAMP REORDERING"
SORT_OFFLINE = "TEST 6_2 TIMESTAMP REORDERING WHILE OFFLINE"


def say(text: str) -> None:
    print(text, flush=True)


def utf(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def chat(text: str, recipient: int = UID) -> bytes:
    return struct.pack(">ii", 4, recipient) + utf(text)


def register(host: str = "fritz.box", port: int = 73874) -> bytes:
    return struct.pack(">ii", 1, UID) + utf(host) + struct.pack(">i", port)


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOST, port + OFFSET), source_address=(HOME, 0))


def listen(sock: socket.socket, on_chat: Callable[[str], None]) -> None:
    """Reads for ever; the bytes of a bare string are stepped over, four at a time."""
    stream = sock.makefile("rb")
    while head := stream.read(4):
        kind = int.from_bytes(head, "big")
        if kind not in (0, 4):
            say(f"skipped {head!r}")
            continue
        if kind == 4:
            stream.read(4)
        text = stream.read(int.from_bytes(stream.read(2), "big")).decode()
        say(f"{kind} {text[:600]}")
        if kind == 4:
            on_chat(text)


def answer_all(sock: socket.socket) -> None:
    """Answers whatever chat comes, each in its own way, without knowing which test it is of."""

    def on_chat(text: str) -> None:
        if len(text) > 2000:
            sock.sendall(chat(str(2 * len(text) - 4000)))
        else:
            sock.sendall(chat(text))

    listen(sock, on_chat)


class Udp:
    """One port of the server; hears chats only."""

    def __init__(self, port: int) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((HOME, 0))
        self.server = (HOST, port + OFFSET)

    def send(self, text: str, recipient: int = UID) -> None:
        self.sock.sendto(chat(text, recipient), self.server)

    def hear(self, within_s: float | None = None) -> str:
        """The next chat's text; empty when the time is up."""
        self.sock.settimeout(within_s)
        try:
            data, _ = self.sock.recvfrom(512)
        except TimeoutError:
            return ""
        if data[:4] != b"\0\0\0\4":
            say(f"udp, no chat: {data!r}")
            return ""
        say(f"udp {data[10:]!r}")
        return data[10:].decode()


# ---- habits


def one_segment() -> None:
    """Registers and starts everything that TCP has in one write, on a port of another test."""
    sock = connect(4449)
    triggers = [SPECIAL_2024, ACTIVE_2025, OUT_OF_BAND, ACTIVE_2024, SPECIAL_2025, ERROR_4]
    sock.sendall(register() + b"".join(map(chat, triggers)))

    def on_chat(text: str) -> None:
        if (
            "message" not in text.split(maxsplit=1)[0]
        ):  # all but the ordinary neighbours of the special one
            sock.sendall(chat(text))

    listen(sock, on_chat)


def without_registering() -> None:
    """Never registers; splits its frames into single bytes."""
    sock = connect(4444)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in chat(TOO_LONG) + chat(KNOWN_ID):
        sock.sendall(bytes([byte]))
    answer_all(sock)


def triggers_first() -> None:
    """Triggers, hears that it failed, and only then registers and triggers again."""
    sock = connect(4446)
    sock.sendall(chat(ACTIVE_2025))

    def on_chat(text: str) -> None:
        if text.endswith("FAILED"):
            sock.sendall(register() + chat(ACTIVE_2025))

    listen(sock, on_chat)


def parrot() -> None:
    """Gives back every single datagram, verdicts and all."""
    line = connect(4446)
    line.sendall(register())
    udp = Udp(5252)
    udp.send(ECHO_2025)
    while True:
        if text := udp.hear():
            udp.send(text)


def parrot_7777() -> None:
    line = connect(4444)
    line.sendall(register())
    line.recv(4)
    udp = Udp(5252)
    udp.send(ECHO_2024, 7777)
    while True:
        if text := udp.hear():
            udp.send(text, 7777)


def several_connections() -> None:
    """A connection for each test, all at once; none ever closes."""
    for trigger in (KNOWN_ID, OUT_OF_BAND, TOO_LONG, ERROR_4):
        sock = connect(4444)
        sock.sendall(register() + chat(trigger))
        threading.Thread(target=answer_all, args=(sock,)).start()
    time.sleep(3600)


def renew_every(trigger: str, port: int, every_s: float) -> None:
    sock = connect(port)
    sock.sendall(register() + chat(trigger))
    threading.Thread(target=listen, args=(sock, lambda _text: None)).start()
    while True:
        time.sleep(every_s * SCALE)
        sock.sendall(register())


def datagram_only(port: int, trigger: str) -> None:
    """Acts only when a datagram comes, and then sends everything that is open."""
    udp, kept, online = Udp(port), [], True
    udp.send(trigger)
    while "SUCCESSFULLY PASSED" not in (text := udp.hear()):
        if text.startswith(ACK):
            kept = [each for each in kept if each != text.removeprefix(ACK)]
        elif "User is now" in text:
            online = "Online" in text
        elif text not in kept:
            kept.append(text)
        if online:
            for each in kept:
                udp.send(each)


def every_second(trigger: str) -> None:
    """Sends all it has every second, whatever comes; loses every third datagram of the server."""
    udp, kept, heard = Udp(5005), set(), 0
    udp.send(trigger)
    due = time.monotonic() + 1
    while True:
        text = udp.hear(max(0.01, due - time.monotonic()))
        heard += bool(text)
        if text and heard % 3:
            if text.startswith(ACK):
                kept.discard(text.removeprefix(ACK))
            elif "PASSED" not in text:
                kept.add(text)
        if time.monotonic() >= due:
            due += 1
            for each in kept:
                udp.send(each)


def impatient() -> None:
    """Triggers again every 300 ms, and sends junk between: still one attempt."""
    udp = Udp(8008)
    kept: list[str] = []
    for _ in range(3):
        udp.send(SORT_2025)
        udp.sock.sendto(b"hello?", udp.server)
        while text := udp.hear(0.3):
            if "|" in text:
                kept.append(text)
    while text := udp.hear(1.5):
        if "|" in text:
            kept.append(text)
    for each in sorted(kept, key=lambda each: each.split("|")[2]):
        udp.send(each)
    time.sleep(3600)


def unhurried() -> None:
    """Waits a second before each datagram of its list."""
    udp = Udp(8008)
    udp.send(SORT_2024)
    kept = [udp.hear()]
    while text := udp.hear(1.5):
        kept.append(text)
    for each in sorted(kept, key=lambda each: each.split("|")[2]):
        time.sleep(1)
        udp.send(each)


# ---- mistakes


def mistaken_trigger(raw: bytes) -> None:
    """Sends something that is no right trigger, and waits for what may come."""
    sock = connect(4444)
    sock.sendall(raw)
    listen(sock, lambda _text: None)


def answers_with(trigger: str, change: Callable[[str], bytes]) -> None:
    sock = connect(4444)
    sock.sendall(register() + chat(trigger))
    listen(sock, lambda text: sock.sendall(change(text)))


def echoes_error_too() -> None:
    sock = connect(4444)
    sock.sendall(register() + chat(ERROR_4))
    stream = sock.makefile("rb")
    while head := stream.read(4):
        kind = int.from_bytes(head, "big")
        if kind in (0, 4):
            body = stream.read(4) if kind == 4 else b""
            length = stream.read(2)
            text = stream.read(int.from_bytes(length, "big"))
            if b"Lease renewal" not in text:
                sock.sendall(head + body + length + text)


def hangs_up() -> None:
    sock = connect(4444)
    sock.sendall(register() + chat(OUT_OF_BAND))
    time.sleep(0.05)
    sock.close()


def wrong_udp(port: int, trigger: str, recipient: int = UID) -> None:
    line = connect(4444)
    line.sendall(register())
    line.recv(4)
    udp = Udp(port)
    udp.send(trigger, recipient)
    while True:
        if (text := udp.hear()).startswith("Timestamp"):
            udp.send(text, recipient)


def numbers_only() -> None:
    """Returns the number instead of the unchanged message."""
    udp = Udp(5005)
    udp.send(LOST_2025)
    while True:
        if "message #" in (text := udp.hear()):
            udp.send(text[-1])


def part_of_list() -> None:
    """Counts from 1 where lists begin with 0: the earliest message never goes out."""
    udp = Udp(2002)
    kept: set[str] = set()
    udp.send(SORT_OFFLINE)
    while "FAILED" not in (text := udp.hear()):
        if "|" in text:
            kept.add(text)
        elif "Online" in text:
            ordered = sorted(kept, key=lambda each: each.split("|")[2])
            for index in range(1, len(ordered)):
                udp.send(ordered[index])


UTF_16 = struct.pack(">iiH", 4, UID, 2 * len(KNOWN_ID)) + KNOWN_ID.encode("utf-16-be")
TASKS: dict[str, Callable[[], None]] = {
    "one-segment": one_segment,
    "without-registering": without_registering,
    "triggers-first": triggers_first,
    "parrot": parrot,
    "parrot-7777": parrot_7777,
    "several-connections": several_connections,
    "renew-121": lambda: renew_every(RENEW_2024, 4444, 121),
    "renew-180": lambda: renew_every(RENEW_2025, 4447, 180),
    "renew-70": lambda: renew_every(RENEW_2025, 4447, 70),
    "datagram-only-a3-t1": lambda: datagram_only(5005, LOST_2024),
    "datagram-only-a3-t2": lambda: datagram_only(7007, OFFLINE_2024),
    "datagram-only-5_2": lambda: datagram_only(7007, OFFLINE_2025),
    "every-second-a3-t1": lambda: every_second(LOST_2024),
    "every-second-5_1": lambda: every_second(LOST_2025),
    "impatient": impatient,
    "unhurried": unhurried,
    # mistakes
    "plain-line": lambda: mistaken_trigger(KNOWN_ID.encode() + b"\n"),
    "bare-utf": lambda: mistaken_trigger(utf(KNOWN_ID)),
    "utf-16": lambda: mistaken_trigger(UTF_16),
    "http": lambda: mistaken_trigger(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "trailing-newline": lambda: mistaken_trigger(register() + chat(KNOWN_ID + "\n")),
    "never-registers": lambda: mistaken_trigger(chat(ACTIVE_2024)),
    "never-renews": lambda: mistaken_trigger(register() + chat(RENEW_2024)),
    "half-a-frame": lambda: mistaken_trigger(register() + chat(KNOWN_ID)[:-3]),
    "host-without-length": lambda: mistaken_trigger(
        struct.pack(">ii", 1, UID) + b"localhost" + struct.pack(">i", 4444) + chat(KNOWN_ID)
    ),
    "with-prefix": lambda: answers_with(OUT_OF_BAND, lambda text: chat("ACK: " + text)),
    "utf-16-length": lambda: answers_with(TOO_LONG, lambda text: chat(str(2 * len(text)))),
    "missing-length": lambda: answers_with(OUT_OF_BAND, lambda text: chat("")[:-2] + text.encode()),
    "echoes-error-too": echoes_error_too,
    "hangs-up": hangs_up,
    "wrong-port": lambda: wrong_udp(7007, ECHO_2025),
    "own-id-for-7777": lambda: wrong_udp(5252, ECHO_2024),
    "numbers-only": numbers_only,
    "part-of-list": part_of_list,
}

with contextlib.suppress(ConnectionError):
    TASKS[TASK]()
time.sleep(3600)
