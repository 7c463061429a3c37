"""The law of descriptors: a process promises no more clients than it may open files.

The soft limit is raised to the hard one, as any process may; beyond that only the administrator
can go. What a limit admits is plain arithmetic, the same for those who serve and for
`holdfast doctor`, which tells it beforehand.
"""


def raised() -> int | None:
    """How many files this process may open now, at most; None where nobody limits it."""
    try:
        import resource  # noqa: PLC0415  not on every system
    except ImportError:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if limit == resource.RLIM_INFINITY else limit


def clients_within(limit: int, *, apart: int, each: int = 1) -> int:
    """How many clients of `each` files a limit admits, `apart` being kept for everything else; at
    least one. Where there are few, at most a quarter is kept apart."""
    return max(1, (limit - min(apart, limit // 4)) // each)
