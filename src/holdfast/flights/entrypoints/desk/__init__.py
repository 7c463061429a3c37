"""The counter in a terminal: what `holdfast flights ...` does, over the HTTP API like any client.

`api` asks and explains refusals; `words` makes tables and durations; `searching` (for a `wish`),
`booking`, `looking`, `delivering` and `operating` are what is done at a counter. Nothing here knows
a store.
"""
