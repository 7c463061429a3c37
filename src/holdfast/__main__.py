"""The law of the front door: `holdfast` and `python -m holdfast` are the same program."""

import sys


def main() -> None:
    """Run the command line with the process's arguments and leave with its exit code."""
    from holdfast.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
