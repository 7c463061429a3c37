"""A site is an application and what runs beside it: nothing, unless it says so."""

from starlette.applications import Starlette

from holdfast.flights.wiring.sites.site import Site


def test_nothing_runs_beside_a_site_unless_it_says_so() -> None:
    assert Site(Starlette()).beside == ()
