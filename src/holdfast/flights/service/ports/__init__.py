"""What the use cases need of the world, a small protocol for each subject.

`catalogue` (what is filed), `quotes` (what was offered and shown), `bookings` (what is bought) with
`repricing`, `order_lists` and `order_changes`, `disruptions`, `audits`; `feeds`, `parked_prices`,
`price_log`, `promise_costs`, `status`; `access` (tokens, answered keys), `webhooks`.
"""
