"""The results API: the one process that nodes write through and that people read from.

Flow: `access` decides who may -> an `Endpoint` (of `seed_paths`, `reading`, `teaching`, `claiming`,
`internal`, `live`, `health`) asks a port -> `shapes` go out as JSON, faults as a `Problem` of one
shape. `app` composes them, `openapi` describes them, `process` runs them on `platform.web`.
"""
