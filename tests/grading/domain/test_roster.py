"""Sources print the way people write addresses."""

from holdfast.grading.domain.roster import Source


def test_a_source_prints_as_host_and_port() -> None:
    assert str(Source("127.0.0.1", 4444)) == "127.0.0.1:4444"


def test_an_ipv6_source_prints_with_brackets() -> None:
    assert str(Source("::1", 4444)) == "[::1]:4444"
