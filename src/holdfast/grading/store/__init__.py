"""Stores of grading: the doors of `service.ports` on memory, PostgreSQL and HTTP.

`memory` (`memory_coursework`) and `postgres` (`postgres_ledger`, `postgres_results`,
`postgres_coursework`) hold everything; `remote` is the
node's `Ledger` over the results API. All pass one contract suite. SQL is in `queries.sql` and
`migrations/` (`tables` says where, `statements` reads it); `batching` turns many calls into one
transaction, `change_notices` tells live pages.
"""
