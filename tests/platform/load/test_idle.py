"""Idle connections are held, looked at, and asked again."""

from holdfast.platform.load import idle as module
from holdfast.platform.load.idle import Idle
from tests.support.tiny_site import tiny_site


async def test_connections_are_held_and_answer_again() -> None:
    async with tiny_site() as site:
        idle = Idle("127.0.0.1", site.port)
        await idle.open(30)
        seen = await idle.alive()
        idle.close()
    assert site.connections == 30
    assert seen == (30, 30, 30)


async def test_those_that_are_refused_are_counted_by_why() -> None:
    async with tiny_site() as site:
        idle = Idle("127.0.0.1", site.port, target="/missing")
        await idle.open(3)
        port = site.port
    assert dict(idle.refused) == {"404": 3}
    away = Idle("127.0.0.1", port)
    await away.open(2)
    assert dict(away.refused) == {"refused": 2}


async def test_many_come_from_several_addresses() -> None:
    idle = Idle("127.0.0.1", 1)
    assert idle._source(0) != idle._source(module.PER_ADDRESS)
    assert Idle("192.0.2.1", 1)._source(0) == ""
