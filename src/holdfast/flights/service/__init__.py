"""Use cases of flights: one file, one transaction each; what they need of stores is in `ports`.

Taking in: `read_feed`, `feed_content`, `ingest_feed`, `approve_prices`, `feed_health`; the demo's
`demo_feeds`, `deliver_demo`. Looking: `snapshot` (what is flown and sold, in this process),
`check_query`, `find_itineraries`, `search_rules`, `search_offers`, `viewer_prices`, `read_offers`,
`show_seat_map`, `flight_status`. Buying: `answering` (an answer that is kept with its effect),
`hold_and_book`, `pay_order`, `reprice_order`, `choose_seat`, `cancel_order`, `change_order`,
`reaccommodate`, `sweep_holds`. Telling and checking: `subscribe_webhooks`, `deliver_webhooks`,
`audit`.
"""
