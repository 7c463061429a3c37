"""Processes of flights and their HTTP endpoints."""
