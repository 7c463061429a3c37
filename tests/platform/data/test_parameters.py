"""Servers get the same parameters everywhere, and only tests give up durability."""

from holdfast.platform.data.parameters import server_parameters


def test_a_durable_server_waits_for_its_disk() -> None:
    given = server_parameters(major=18, durable=True, max_connections=77)
    assert given["fsync"] == given["full_page_writes"] == given["synchronous_commit"] == "on"
    assert given["max_connections"] == "77"
    assert given["io_method"] == "sync"


def test_a_server_for_tests_does_not_and_old_versions_are_not_told_new_words() -> None:
    given = server_parameters(major=15, durable=False, max_connections=10)
    assert given["fsync"] == given["full_page_writes"] == given["synchronous_commit"] == "off"
    assert "io_method" not in given
