"""The first page."""

from tests.flights.pages.pages_site import PagesSite


async def test_the_first_page_is_the_search() -> None:
    answer = await PagesSite().get("/")
    assert 'aria-current="page">Search' in answer.text
