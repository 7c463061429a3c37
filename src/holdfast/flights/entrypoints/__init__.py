"""Processes of flights and their HTTP endpoints.

`http` is the ground that all stand on; `search_api` (the front door), `booking_api`, `seat_api` and
`ingest` are the processes, `desk` the counter in a terminal. What several of them need: `asking`
(who asks, for prices), `marks` (pages of lists), `refusals` (what use cases refuse, as errors).
"""
