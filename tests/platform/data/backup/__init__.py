"""Tests of the backup room."""
