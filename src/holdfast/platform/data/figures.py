"""What the door to the database counts, as a process's page of figures has it.

Servers are numbered in the order of the address: their names and ports are nobody's business who
may only read figures.
"""

from collections.abc import Callable

from holdfast.platform.data.database import Database
from holdfast.platform.runtime.metrics import Page, Sample


def pool_source(database: Database) -> Callable[[Page], None]:
    """Writes the figures of the connections that this process has to the database."""

    def write(page: Page) -> None:
        states = database.pool_states()
        numbers = {server: str(i) for i, server in enumerate(dict.fromkeys(s for s, _ in states))}
        inside: list[Sample] = []
        size: list[Sample] = []
        waiting: list[Sample] = []
        away: list[Sample] = []
        for (server, use), state in states.items():
            labels = {"server": numbers[server], "use": use}
            for word, number in (
                ("lent", state.lent),
                ("idle", state.idle),
                ("opening", state.opening),
            ):
                inside.append(({**labels, "state": word}, number))
            size.append((labels, state.size))
            waiting.append((labels, state.waiting))
            away.append((labels, state.turned_away))
        page.gauge("holdfast_pool_connections", "Connections to the database.", inside)
        page.gauge("holdfast_pool_size", "Connections there may be.", size)
        page.gauge("holdfast_pool_waiting", "Callers that wait for a connection.", waiting)
        page.counter(
            "holdfast_pool_turned_away_total",
            "Callers that got none in time or were too many.",
            away,
        )

    return write
