"""PURE: what flights are made of. No I/O, clock, randomness or logging; time and ids are arguments.

`money`, `ids`, `owners` (whose, and who pays), `party` (who travels); `place` and `atlas` (airports
and cities), `suggestions` (which of them somebody means who types).
What is flown: `schedule` (leg patterns as filed; `schedule_rules`, `schedule_runs`,
`schedule_clocks` and `schedule_change` bring filed changes into them) -> `timetable` -> `flight` (a
dated flight, a segment of it that is sold) -> `connections`, `itineraries` (segments that connect).
`status` (what airlines tell of a day) -> `flight_status`.
What is filed: `delivery`, `filing`; `fare`, `fares_load`, `refiling`, `limits_plan` -> `price_rule`
(what of it is published, when) with `price_plan` (a delivery's changes) -> `pricing`, `sales`.
What is sold: `availability`, `assembly` (itineraries and classes) -> `offering` -> `offer` (a
locked price), `viewer_lease` (what one viewer was shown), `absorbed` (what that costs) -> `order`
under `booking_rules`, `hold_limits` (of one buyer), `repricing` (a hold's price of now),
`order_change` (by the buyer), `disruption` (by the airline) -> `inventory`, `cabin_layout`,
`seat_map`. `webhook` tells of it; `demo` invents some.
"""
