"""One small server with an archive for all tests of this room."""

from collections.abc import Iterator

import pytest

from tests.support.backups import Stand, stand
from tests.support.postgres import dsn as dsn  # noqa: PLC0414  fixtures of this folder
from tests.support.postgres import postgres as postgres  # noqa: PLC0414


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """It has some rows and one base backup."""
    with stand(tmp_path_factory.mktemp("backups")) as started:
        started.write(3)
        started.base()
        yield started
