"""Where flights is put together: settings, listeners, processes and commands become one `APP`.

A process imports only what it runs, so the imports stand inside the functions: a command knows no
database, and no process but ingest knows the demo world. What the command line loads for its help
(`app`, `commands`, `settings`, `kinds`, `listeners`, `front`, `roles`, `journeys`) names things and
loads nothing that works; `rules` are the settings in the words of the domain. `sites` builds what
each process serves, `desk` the tasks that ask the API, `office` those that do not, `world` the
demo.
"""

from holdfast.flights.wiring.app import APP

__all__ = ["APP"]
