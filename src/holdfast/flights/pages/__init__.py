"""Pages: flights for people in a browser, written by the server, complete without scripts.

The process is a client of the app's own HTTP API like any other, with a token of its own; of the
database it reaches people's sessions (`entrance`), and nothing of flights. Flow: `routes` finds the
page and the visitor (`site`) -> the page's module asks the API (`api`) -> a pure module folds the
answer into what one page shows -> `rendering` fills a template of `templates`, with sentences of
`words` and `figures`, in the visitor's language (`languages`).

A new page is a module with `PAGES`, a template that extends `base.html`, a module of `words` and an
address in `links`; `routes.PAGES` and `words.catalogue.SUBJECTS` name it. `forms` reads what a form
sends; `problems` says why there is no page; `keeping` says which pages are made
once for all strangers. `assets` holds the style and the scripts; a script
only makes more comfortable what works without it.

`search` is the first page: `search_form` shows a `wish`, `suggesting` turns what was typed into
`places`. `results` makes a search once and shows it as `results_view` says: offers are folded into
`itineraries`, `filters` leave some of them, `price_news` tells what became of prices that ended.
`flight` shows how a flight stands (`flight_view`), asked for as `flight_query` understands it.

A booking: `offers` shows a chosen offer as a `trip_view`, and looks for it anew when it has ended
(`search_again`); `seats` of a `seat_plan` are chosen by `seat_choice` and `best_seats`; `checkout`
asks who travels (`party_form`). `orders` shows what was booked (`order_view`, `calendar_file`) to
whoever has its reference, `order_acts` pays it or gives it back. `sealing` and `knocks` keep
orders to those they belong to. `desk` shows airlines and operators their feeds (`feed_view`) behind
`desk_door`.

People log in at `people`; what they booked with their account is `own_orders`, asked for as them.
"""
