"""PURE. An address that names several servers is an address of each of them.

`postgresql://user:password@h1:5432,h2:5433/name?x=y` is what libpq and drivers understand, too.
Servers are named `host:port`, a unix socket by its folder.
"""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

MAX_SERVERS = 16
"""A cluster has three or five members; more is a mistake."""
DEFAULT_PORT = "5432"


def servers_of(dsn: str) -> dict[str, str]:
    """The address of each server by its name, in the order given; one without hosts is itself.

    `ValueError` when hosts and ports do not fit together or there are too many.
    """
    parts = urlsplit(dsn)
    login, at, hosts = parts.netloc.rpartition("@")
    if not hosts:
        return _of_query(dsn)
    if "," not in hosts:
        return {hosts: dsn}
    found = {}
    for entry in hosts.split(","):
        if not entry or entry.startswith(":"):
            raise ValueError("an address with several servers names each as host:port")
        name = entry if _has_port(entry) else f"{entry}:{DEFAULT_PORT}"
        found[name] = parts._replace(netloc=f"{login}{at}{name}").geturl()
    return _bounded(found)


def _of_query(dsn: str) -> dict[str, str]:
    """`postgresql://user@/name?host=a,b&port=1,2`: hosts that a netloc cannot hold (sockets)."""
    parts = urlsplit(dsn)
    options = dict(parse_qsl(parts.query))
    hosts = options.get("host", "").split(",")
    if len(hosts) < 2:
        return {hosts[0] or "server": dsn}
    ports = options.get("port", DEFAULT_PORT).split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts) or not all(hosts):
        raise ValueError("an address names as many ports as hosts")
    found = {}
    for host, port in zip(hosts, ports, strict=True):
        query = urlencode({**options, "host": host, "port": port}, quote_via=quote)
        found[f"{host}:{port}"] = parts._replace(query=query).geturl()
    return _bounded(found)


def _bounded(found: dict[str, str]) -> dict[str, str]:
    if len(found) > MAX_SERVERS:
        raise ValueError(f"an address names at most {MAX_SERVERS} servers")
    return found


def _has_port(entry: str) -> bool:
    return ":" in entry.rpartition("]")[2]
