"""The law of the apps: the only file that names them, an import and an entry each."""

from holdfast.flights.wiring import APP as FLIGHTS
from holdfast.grading.wiring import APP as GRADING
from holdfast.platform.runtime.app import App

APPS: tuple[App, ...] = (
    GRADING,
    FLIGHTS,
)
