"""The search process over HTTP: reference data, searches and the offers that they found.

`reference` (airports, cities, airlines, aircraft, suggestions), `offer_requests` (search, and what
was searched), `offers` (what was found, as long as it lives). Each module declares its operations
at its top and serves them by a class; what is refused is in `entrypoints.refusals`.
"""
