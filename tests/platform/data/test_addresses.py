"""An address with several servers becomes an address of each."""

import pytest

from holdfast.platform.data.addresses import MAX_SERVERS, servers_of


def test_an_address_of_one_server_stays_as_it_is() -> None:
    dsn = "postgresql://me:secret@db.example:6432/holdfast?sslmode=require"
    assert servers_of(dsn) == {"db.example:6432": dsn}


def test_an_address_without_a_host_is_one_server() -> None:
    assert servers_of("postgresql:///holdfast") == {"server": "postgresql:///holdfast"}
    socket = "postgresql://me:secret@/holdfast?host=%2Frun%2Fpg"
    assert servers_of(socket) == {"/run/pg": socket}


def test_every_server_gets_the_login_the_name_and_the_options() -> None:
    dsn = "postgresql://me:se%40cret@a:1,b,[::1]:3,[fe80::1]/holdfast?x=1"
    assert servers_of(dsn) == {
        "a:1": "postgresql://me:se%40cret@a:1/holdfast?x=1",
        "b:5432": "postgresql://me:se%40cret@b:5432/holdfast?x=1",
        "[::1]:3": "postgresql://me:se%40cret@[::1]:3/holdfast?x=1",
        "[fe80::1]:5432": "postgresql://me:se%40cret@[fe80::1]:5432/holdfast?x=1",
    }


def test_sockets_are_named_by_their_folders_and_ports() -> None:
    found = servers_of("postgresql://me@/holdfast?host=/run/a,/run/b&port=1,2")
    assert found == {
        "/run/a:1": "postgresql://me@/holdfast?host=%2Frun%2Fa&port=1",
        "/run/b:2": "postgresql://me@/holdfast?host=%2Frun%2Fb&port=2",
    }
    assert list(servers_of("postgresql:///n?host=/run/a,/run/b")) == ["/run/a:5432", "/run/b:5432"]


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://me@a:1,,b/holdfast",
        "postgresql://me@a,:5/holdfast",
        "postgresql:///n?host=/a,/b,/c&port=1,2",
        "postgresql:///n?host=/a,",
        "postgresql://" + ",".join(f"h{n}" for n in range(MAX_SERVERS + 1)) + "/n",
    ],
)
def test_hosts_and_ports_that_do_not_fit_are_refused(dsn: str) -> None:
    with pytest.raises(ValueError, match="address"):
        servers_of(dsn)
