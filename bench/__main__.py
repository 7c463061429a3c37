"""All benches one after the other: `python -m bench`; or one: `python -m bench grading`.

Figures are printed as Markdown; docs/reference/performance.md quotes them with the machine.
"""

import subprocess
import sys

BENCHES = (
    "grading",
    "relay",
    "kernel",
    "udp",
    "policies",
    "bounds",
    "uneven",
    "ssim",
    "flights",
    "booking",
    "ingest",
    "door",
    "failover",
    "pair",
    "restart",
    "handover",
    "gateway",
    "pages",
)


def main() -> int:
    """Run the named benches, all by default; returns the worst exit code."""
    wanted = [word for word in sys.argv[1:2] if word in BENCHES] or list(BENCHES)
    rest = [word for word in sys.argv[1:] if word not in BENCHES]
    codes = [subprocess.call([sys.executable, "-m", f"bench.{name}", *rest]) for name in wanted]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
