"""Flights: airlines' feeds become flights that can be looked up, priced, booked and seated.

Flow: feed -> entrypoints.ingest -> wire (bytes -> records) -> service.ingest_feed
(domain.price_rule decides) -> store => PostgreSQL; a version row in the same transaction.
Customer -> entrypoints.search_api -> service.search_offers (snapshot of that version) -> Offer,
its price locked -> entrypoints.booking_api -> service.hold_and_book -> one transaction -> Order.

A traveller's browser -> pages -> the same API.

Shelves, top to bottom: wiring > entrypoints | store | pages > service > wire > domain. Here `wire`
stands above `domain`: it turns bytes into the domain's records, and the domain knows no format.
"""
