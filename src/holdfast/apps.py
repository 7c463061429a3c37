"""The law of the apps: the only file that names them, one line each."""

from holdfast.grading.wiring import APP as GRADING
from holdfast.platform.runtime.app import App

APPS: tuple[App, ...] = (GRADING,)
