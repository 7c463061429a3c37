"""What the kernel says about a process: descriptors, threads, memory."""

from pathlib import Path


def descriptors(pid: int) -> int:
    """Open file descriptors."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    """Threads, the main one included."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def memory_mb(pid: int) -> float:
    """Resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def children_named(pid: int, words: str) -> int:
    """Direct children whose command line holds `words`."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    found = 0
    for child in text.split():
        try:
            line = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        found += words.encode() in line.replace(b"\0", b" ")
    return found
