"""How an operator finds a balancer's admin port: two files of the data folder, its owner's only.

`balancer.token` is made once and stays; whoever reads it may drain nodes. `balancer.admin` holds
the address that the balancer of this folder opened last. Light on purpose: commands import it.
"""

import os
import re
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.balancer.settings import MAX_COPIES, NAME, BalancerSettings
from holdfast.platform.runtime.folder import open_folder
from holdfast.platform.runtime.secrets import ensure_key, read_key, write_private
from holdfast.platform.telemetry import targets
from holdfast.platform.telemetry.targets import Target

TOKEN_FILE, ADDRESS_FILE = "balancer.token", "balancer.admin"
MAX_ADDRESS_BYTES = 300
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>\d{1,5})\Z")

Address = tuple[str, int]
"""A host and a port."""


ALONE = BalancerSettings()
"""A balancer as it is by default: the only one of its machine."""


def admit(data: Path, address: str, settings: BalancerSettings = ALONE) -> bytes:
    """Note the address `host:port` of a balancer that opens; the token that its operators need."""
    if not data.exists():
        open_folder(data)
    token = ensure_key(data / TOKEN_FILE)
    write_private(_address_file(data, settings.copy), f"{address}\n")
    if settings.copy == 1:
        for other in range(settings.copies + 1, MAX_COPIES + 1):  # killed ones of another time
            _address_file(data, other).unlink(missing_ok=True)
    targets.note(data, Target(settings.name, NAME, address, os.getpid()))
    return token


def dismiss(data: Path, settings: BalancerSettings) -> None:
    """A balancer closes. The first one's address stays, so that its silence is told of as such."""
    if settings.copy > 1:
        _address_file(data, settings.copy).unlink(missing_ok=True)


def token_of(data: Path) -> bytes:
    """The token of the balancer of a data folder; `Mistake` when there is none."""
    path = data / TOKEN_FILE
    try:
        return read_key(path)
    except FileNotFoundError:
        raise Mistake(
            f"There is no token {path}: no balancer has run on this data folder; --data names it."
        ) from None


def addresses_of(data: Path, otherwise: Address) -> list[Address]:
    """Where the balancers of a data folder are asked, the first one as by `address_of`."""
    further = [n for n in range(2, MAX_COPIES + 1) if _address_file(data, n).exists()]
    return [address_of(data, otherwise), *(address_of(data, otherwise, copy=n) for n in further)]


def address_of(data: Path, otherwise: Address, *, copy: int = 1) -> Address:
    """Where the balancer of a data folder is asked, or `otherwise` when it has noted nothing."""
    path = _address_file(data, copy)
    try:
        with path.open("rb") as file:
            text = file.read(MAX_ADDRESS_BYTES).decode("ascii").strip()
    except FileNotFoundError:
        return otherwise
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"The balancer's address in {path} cannot be read: {error}.") from None
    return parse_address(text, str(path))


def parse_address(text: str, where: str) -> Address:
    """`host:port` as both; `Mistake` naming `where` it stands."""
    found = _ADDRESS.match(text)
    if found is None or not 0 < int(found["port"]) < 65_536:
        raise Mistake(f"{where} must be an address such as 127.0.0.1:8082, not {text!r}.")
    return found["host"].strip("[]"), int(found["port"])


def _address_file(data: Path, copy: int) -> Path:
    return data / (ADDRESS_FILE if copy == 1 else f"{NAME}-{copy}.admin")
