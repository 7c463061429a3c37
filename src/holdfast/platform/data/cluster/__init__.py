"""The cluster room: three PostgreSQL servers that agree on their leader, on one machine or three.

Flow: `plan` says who the members are and where their files lie -> `record` keeps it, and the
passwords, in the data folder -> `configuration` makes of it what Patroni and etcd read ->
`store_guard` runs a member of the Raft store, `member_guard` Patroni and its PostgreSQL (`member`),
both as `program`s under an account that is not root. `origin` makes the first member's folder, or
takes over that of a single server. `observer` (with `silence` and `store`) is the faster failover.
On three machines each runs its own `machine` (`declaration`: `holdfast run database-member`).
`rest` asks Patroni, `status` makes a table of the answers, `commands` are the words of
`holdfast cluster` and `actions` what they do.
"""
