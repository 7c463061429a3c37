"""A visitor of a port of figures."""

import http.client


def visit(address: str, path: str, *, host: str = "", method: str = "GET") -> tuple[int, str]:
    """Status and text of one request; blocking."""
    line = http.client.HTTPConnection(address, timeout=10.0)
    try:
        line.request(method, path, headers={"host": host} if host else {})
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()
