"""The counter in a terminal: what `holdfast flights ...` does, over the HTTP API like any client.

`api` asks and explains refusals; `words` makes tables and durations; `searching`, `booking`,
`looking` and `operating` are what is asked at a counter. Nothing here knows a store.
"""
