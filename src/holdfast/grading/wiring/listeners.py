"""The law of the public ports: every port of the three course years, the seed's, and the results.

The balancer opens them; it knows nothing of grading, so what a refused client is told (an error
frame of the course protocol, or an HTTP answer) is written here.
"""

from holdfast.grading.wiring.settings import RESULTS_PORT
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective

SEED_PORT = 8080
COURSE_TCP_PORTS = (4444, 4446, 4447, 4448, 4449)
COURSE_UDP_PORTS = (5252, 6006, 5005, 7007, 8008, 2002)
NODE_TCP = "grading-node-tcp"
NODE_UDP = "grading-node-udp"
RESULTS_HTTP = "grading-http"

NOBODY_THERE = "No node of the assignment server is reachable: nothing was graded, try again soon."
TOO_MANY = "Too many connections from your address: close some and try again."


def listeners(_: Effective) -> list[Listener]:
    """All listeners of grading, ports without the offset."""
    from holdfast.grading.wire.course import COURSE, ErrorReply

    def frame(what: str) -> bytes:
        return COURSE.encode(ErrorReply(what))

    refusal, busy = frame(NOBODY_THERE), frame(TOO_MANY)
    tcp = [
        Listener(
            f"tcp-{port}",
            "tcp",
            port,
            NODE_TCP,
            refusal=refusal,
            busy=busy,
            says=frame,
            replayable=True,
        )
        for port in (SEED_PORT, *COURSE_TCP_PORTS)
    ]
    udp = [
        Listener(f"udp-{port}", "udp", port, NODE_UDP, refusal=refusal, says=frame, replayable=True)
        for port in COURSE_UDP_PORTS
    ]
    http = Listener(
        "results",
        "tcp",
        RESULTS_PORT,
        RESULTS_HTTP,
        refusal=_http("The results API is not reachable; try again in a moment."),
        busy=_http(TOO_MANY),
        says=_http,
    )
    return [*tcp, *udp, http]


def _http(what: str) -> bytes:
    body = f'{{"error": {{"what": "{what}"}}}}\n'.encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
