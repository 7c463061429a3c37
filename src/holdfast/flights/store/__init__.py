"""Stores of flights: PostgreSQL behind `platform.data`; SQL lives in `queries/` and `migrations/`."""
