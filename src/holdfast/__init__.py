"""Holdfast: an assignment server and a flight booking system on one small platform.

What it has acknowledged (a result, a price, a seat) it does not let go of.
"""

__version__ = "0.1.0"
