"""The law of the front door: `holdfast` and `python -m holdfast` are the same program."""

import sys


def main() -> None:
    """Run the command line with the process's arguments and leave with its exit code.

    What a supervisor starts with the one word `nursery` goes on in each of its children.
    """
    arguments = sys.argv[1:]
    if arguments == ["nursery"]:
        from holdfast.platform.runtime.nursery_process import tend

        program = len(sys.orig_argv) - 1
        sys.argv[1:] = arguments = tend()[program:]
    from holdfast.cli import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
