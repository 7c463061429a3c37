"""Use cases of grading and the ports they need.

`ports` names what the outside must offer, `ledger_calls` the same calls as data. `session` is one
connection or flow: `session_intake` (bytes to frames) -> `session_desk` (what a frame asks for) ->
`session_attempts` (the tests it runs) -> `session_exchange` (what is sent and asked);
`session_place` is the node as sessions see it, `session_texts` every sentence clients are told,
`ticked_checks` what pages are told while a test runs.
A session can move to another node: `session_origin` is what it takes from its node, `session_log`
the notes about what it took in, `session_replay` plays them again.

For people: `coursework` is the teacher's port; `import_roster`, `preview_roster`, `import_plan` and
`export_results` are what a desk does with it.
"""
