"""The ingest process: airlines' files come in by push or are fetched, and are taken or refused.

Flow: `pushing` (HTTP, `push_headers`) or `fetching` (`file_names`, `sources`) -> `spool` (bounded,
on the disk) -> `service.ingest_feed`. `reviewing` shows how feeds stand and takes what people
decide about held files; `shapes` are the answers. `settings` says what is fetched and forgiven.
`prices` are those that the guard stopped, `price_audit` looks at the log of them, `feed_schema` is
what a fares feed must look like.
"""
