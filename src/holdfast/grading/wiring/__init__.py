"""Where grading is put together: settings, listeners, processes and commands become one `APP`.

A process imports only what it runs, so the imports stand inside the functions: a node knows no
web framework, and no process but the results API knows a database.
"""

from holdfast.grading.wiring.app import APP

__all__ = ["APP"]
