"""The room of backups: base backups, the continuous archive, and the way back to a given second.

Flow: a server's `archive` receives its log, file by file, and `health` tells when it does not ->
`take` copies the whole server under load from its `source`, checks the copy (`manifest`) and writes
a receipt (`bases`) -> `retention` lets old ones go -> `restore` makes a new data folder from a base
and the log (`segments` finds holes, `recovery` runs the server that replays it). `status` and
`commands` are what people see. What is promised is in docs/reference/backup.md.
"""
