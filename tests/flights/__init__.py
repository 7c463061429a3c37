"""Tests of flights, mirrored: one file for each module, and one for each promise page."""
