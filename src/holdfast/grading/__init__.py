"""Grading: students' own programs connect, a scenario answers, every attempt is recorded.

Flow: bytes -> entrypoints.node -> wire (bytes <-> messages) -> service.session (which test, whose)
-> domain.engine (plays a scenario) -> bytes; the attempt -> store.remote =>
entrypoints.results_api -> store.postgres.

Shelves, top to bottom: wiring > entrypoints | store | pages > service > domain > wire.
"""
