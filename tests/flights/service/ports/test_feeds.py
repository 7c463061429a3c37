"""The stores of feeds have every method of the port, with the same parameters."""

import inspect

import pytest

from holdfast.flights.service.ports.feeds import FeedFile, FeedStore
from holdfast.flights.store.feeds import HeldFile, PostgresFeeds
from tests.flights.feed_desk import MemoryFeeds, MemoryFile


def methods(of: type) -> dict[str, list[str]]:
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in vars(of).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


@pytest.mark.parametrize("store", [PostgresFeeds, MemoryFeeds])
def test_a_store_of_feeds_can_all_that_the_port_asks(store: type) -> None:
    offered = methods(store)
    assert {name: offered.get(name) for name in methods(FeedStore)} == methods(FeedStore)


@pytest.mark.parametrize("file", [HeldFile((b"",)), MemoryFile(b"")])
def test_a_file_may_be_read_several_times(file: FeedFile) -> None:
    assert list(file.chunks()) == list(file.chunks())
