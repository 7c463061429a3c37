"""PURE. The names of the policies, for the settings; what they do is in `policies`."""

from typing import Literal

PolicyName = Literal[
    "",
    "round-robin",
    "weighted",
    "least-connections",
    "peak-ewma",
    "two-choices",
    "affinity",
]
"""As in the settings; empty where nothing is named."""
