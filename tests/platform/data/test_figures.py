"""The pools of a process are told by number, without the servers' names."""

from holdfast.platform.data.figures import pool_source
from holdfast.platform.data.pool import PoolState
from holdfast.platform.runtime.metrics import Page
from tests.support.metrics_page import read_metrics


class Door:
    """A database of two servers."""

    def pool_states(self) -> dict[tuple[str, str], PoolState]:
        return {
            ("db1.secret:5432", "write"): PoolState(8, 3, 2, 1, 4, 7),
            ("db2.secret:5432", "read"): PoolState(8, 0, 1, 0, 0, 0),
        }


def test_pools_are_told_and_servers_are_numbers() -> None:
    page = Page()
    pool_source(Door())(page)  # type: ignore[arg-type]
    found = read_metrics(page.text)

    def value(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    assert value("holdfast_pool_connections", server="0", use="write", state="lent") == 3
    assert value("holdfast_pool_connections", server="1", use="read", state="idle") == 1
    assert value("holdfast_pool_size", server="0", use="write") == 8
    assert value("holdfast_pool_waiting", server="0", use="write") == 4
    assert value("holdfast_pool_turned_away_total", server="0", use="write") == 7
    assert "secret" not in page.text
