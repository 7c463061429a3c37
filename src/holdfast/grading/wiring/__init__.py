"""Where grading is put together: settings, listeners, processes and commands become one `APP`.

A process imports only what it runs, so the imports stand inside the functions: a node knows no
web framework, and no process but the results API knows a database. What the command line loads for
its help (all but `prepare`, `processes`, `results_site`, `store` and `auditing`) loads nothing that
works.
"""

from holdfast.grading.wiring.app import APP

__all__ = ["APP"]
