"""Pages: flights for people in a browser, written by the server, complete without scripts.

The process is a client of the app's own HTTP API like any other, with a token of its own; it has no
database. Flow: `routes` finds the page and the visitor (`site`) -> the page's module asks the
API (`api`) -> a pure module folds the answer into what one page shows -> `rendering` fills a
template of `templates`, with sentences of `words` and `figures`, in the visitor's language
(`languages`).

A new page is a module with `PAGES`, a template that extends `base.html`, a module of `words` and an
address in `links`; `routes.PAGES` and `words.catalogue.SUBJECTS` name it. `forms` reads what a form
sends; `problems` says why there is no page. `assets` holds the style and the scripts; a script
only makes more comfortable what works without it.

`search`: the first page.
"""
