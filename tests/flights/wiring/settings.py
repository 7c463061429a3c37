"""Settings for tests of the wiring: all sections, with some values set."""

from collections.abc import Mapping

from holdfast.cli import SECTIONS
from holdfast.flights.wiring import APP
from holdfast.platform.runtime.config import Effective


def effective(values: Mapping[str, object] | None = None) -> Effective:
    """Default settings, except for `values` by dotted key."""
    return Effective.load({**SECTIONS, **APP.sections}).with_values(values or {})
