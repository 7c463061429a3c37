"""`holdfast balancer restart`: ask the first process of a running balancer, and tell what came out.

Exit codes: 0 restarted, 1 not (the old process serves on), 2 nobody runs there.
"""

import json
from contextlib import suppress
from pathlib import Path

from holdfast.errors import DefiniteError, Mistake
from holdfast.platform.balancer.restart.folder import FOLDER, PrivateFolder, home_of
from holdfast.platform.balancer.restart.keeper import READY_S, SOCKET
from holdfast.platform.balancer.settings import MAX_COPIES
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

ANSWER_S = READY_S + 10.0
"""The first process answers after a start's bound at the latest."""
MAX_ANSWER_BYTES = 4_096


class NotRestarted(DefiniteError):
    """The restart did not happen; its reason. The old process serves as before."""


def restart(data: Path) -> int:
    """Restart the balancer that runs on this data folder; the number of its new generation."""
    if not (data / FOLDER).is_dir():
        raise _nobody(data)
    try:
        folder = PrivateFolder(data)
    except OSError as error:
        raise Mistake(f"The balancer's folder cannot be used: {error.strerror or error}.") from None
    try:
        line = folder.connect(SOCKET, ANSWER_S)
        if line is None:
            raise _nobody(data)
        with line:
            answer = line.recv(MAX_ANSWER_BYTES)
    except OSError as error:
        raise NotRestarted(f"no answer from the balancer: {error.strerror or error}") from None
    finally:
        folder.close()
    return _generation(answer)


def _generation(answer: bytes) -> int:
    try:
        said = json.loads(answer)
    except ValueError:
        said = None
    match said:
        case {"generation": int(number)}:
            return number
        case {"failed": str(why)}:
            raise NotRestarted(f"the balancer was not restarted and serves as before: {why}")
        case _:
            raise NotRestarted("the balancer ended before it answered")


def _nobody(data: Path) -> Mistake:
    return Mistake(f"No balancer runs on the data folder {data}.")


def restart_all(effective: Effective) -> int:
    """Restart all balancers of this machine, the first one first; the exit code."""
    data = effective.section(FleetSettings).data.absolute()
    number = restart(data)
    print(f"Restarted: generation {number} serves; the one before keeps its open connections.")
    for copy in range(2, MAX_COPIES + 1):
        if not home_of(data, copy).is_dir():
            continue
        with suppress(Mistake):  # one that ran there at another time
            number = restart(home_of(data, copy))
            print(f"Restarted: generation {number} of copy {copy} serves.")
    return 0
