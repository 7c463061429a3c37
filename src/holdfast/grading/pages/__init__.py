"""Pages: what students and teachers see in a browser, written by the server, complete as it is.

Flow: `routes` asks the `Results` port, a view module (`grid`, `student`, `attempt`, `tests`) folds
the answer into what one page shows, `rendering` fills a template. `assets` holds the one style and
the one script; the script only fetches the same pages again when `/api/grading/live` says so.
"""
