"""Stores of flights: PostgreSQL behind `platform.data`; SQL is in `queries/`, `migrations/`."""
