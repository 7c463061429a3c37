"""PURE: what flights are made of. No I/O, clock, randomness or logging; time and ids are arguments.

`money`, `ids`; `schedule` (what airlines file: leg patterns) -> `flight` (a dated flight, a segment
of it that is sold) -> `itinerary` (segments that connect); `fare` (what is filed), `price_rule`
(what of it is published, when); `offer` (a locked price) -> `order` -> `inventory`, `seat_map`.
"""
