"""PURE. The server's parameters, the same for one server and for each member of a cluster.

Durable, with bounded memory and few words.
"""


def server_parameters(*, major: int, durable: bool, max_connections: int) -> dict[str, str]:
    """Parameters of a server of version `major`; not `durable` is for tests only."""
    on = "on" if durable else "off"
    parameters = {
        "unix_socket_permissions": "0700",
        "max_connections": str(max_connections),
        "fsync": on,
        "full_page_writes": on,
        "synchronous_commit": on,
        "shared_buffers": "128MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "64MB",
        "max_wal_size": "512MB",  # bounds crash recovery and disk
        "max_parallel_workers_per_gather": "0",  # short statements; needs no /dev/shm
        "jit": "off",
        "client_connection_check_interval": "10s",
        "log_min_messages": "log",  # refused rows are told to the caller, not here
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
        "lc_messages": "C",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if major >= 18:
        parameters["io_method"] = "sync"  # no reader processes for a database of this size
    return parameters
