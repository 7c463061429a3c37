"""The data room: PostgreSQL behind one door, from an embedded server to a cluster.

Flow: `settings` say where -> `guard` runs an `embedded` server if nobody else does (`binaries`,
`account` and `cluster_folder` are its programs, its user and its files) -> `database` is the only
file that knows the driver, on a `pool` -> `provision` brings schemas up to date (`migrate`,
`verify`) and gives each process its `roles` and its address (`role_files`) -> apps send the
named statements of their `queries.sql` (`queries`) and hear hints (`notices`). What went wrong is
told in the words of `failures`. `fleet_commands` and their `fleet_actions` do for fleets what
`holdfast up` does by itself, with the keys and passwords of `fleet_secrets`.
"""
