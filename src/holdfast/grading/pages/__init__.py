"""Pages: what students and teachers see in a browser, written by the server, complete as it is.

Flow: `routes` (everybody's), `boards` (a whole class at one look) and `desk` (what teachers change)
stand on a `ground`, ask the ports `Results` and `Coursework`, a view module (`grid`, `student`,
`attempt`, `diagram`, `catalogue`) folds the answer into what one page shows, `rendering` fills a
template in one of the `languages`. `assets` holds the one style and the one script; the script only
fetches the same pages again when `/api/grading/live` says so.
"""
