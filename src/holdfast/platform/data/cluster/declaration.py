"""The law of the member's declaration: what the command line knows of it, and no more is loaded."""

from holdfast.platform.runtime.app import Process
from holdfast.platform.runtime.config import Effective

NAME = "database-member"


def member_process() -> Process:
    """One machine's member of a database cluster, for `holdfast run`."""

    def run(effective: Effective) -> None:
        from holdfast.platform.data.cluster import machine  # noqa: PLC0415  only who runs it

        machine.run_member(effective)

    return Process(NAME, "run this machine's member of the database cluster", run, stage=0)
