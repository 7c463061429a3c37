"""The search process over HTTP: reference data, searches, offers, and how flights stand.

`reference` (airports, cities, airlines, aircraft, suggestions), `offer_requests` (search, and what
was searched), `offers` (what was found, as long as it lives), `change_requests` (what an order
could be changed to: a search too), `status` and `amadeus` (how a flight stands). Each module
declares its operations at its top and serves them by a class; what is refused is in
`entrypoints.refusals`.
"""
