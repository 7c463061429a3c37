import asyncio
import time

import pytest

from holdfast.platform.gateway.members import Members, hear
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.wire import Keyring

KEYS = Keyring.of([b"k" * 32])
SERVICE = "things-http"


async def there(members: Members) -> None:
    async with asyncio.timeout(5):
        while members.missing():
            await asyncio.sleep(0.01)


async def test_members_are_heard_by_their_beats_and_leave_by_them() -> None:
    with hear("127.0.0.1", 0) as ear:
        members = Members([SERVICE], ear, KEYS)
        running = asyncio.create_task(members.run())
        beacon = Beacon(
            BeaconSettings((ear.getsockname(),), KEYS, interval_s=0.2),
            Identity("m0", time.time_ns()),
            {SERVICE: ("127.0.0.1", 9), "others-http": ("127.0.0.1", 10)},
        )
        assert members.missing() == [SERVICE]
        await beacon.start()
        await there(members)
        target = members.pick(SERVICE, (), "192.0.2.7")
        assert target is not None
        assert (target.node, target.endpoint) == ("m0", ("127.0.0.1", 9))
        assert members.pick(SERVICE, ("m0",), "192.0.2.7") is None
        await beacon.stop()
        async with asyncio.timeout(5):
            while not members.missing():
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_member_that_drains_gets_nothing_and_its_lines_are_let_go() -> None:
    let_go = []
    with hear("127.0.0.1", 0) as ear:
        members = Members([SERVICE], ear, KEYS, let_go.append)
        running = asyncio.create_task(members.run())
        beacon = Beacon(
            BeaconSettings((ear.getsockname(),), KEYS),
            Identity("m0", time.time_ns()),
            {SERVICE: ("127.0.0.1", 9)},
        )
        await beacon.start()
        await there(members)
        assert let_go == []
        beacon.draining = True
        async with asyncio.timeout(5):
            while not members.missing():
                await asyncio.sleep(0.01)
        assert members.pick(SERVICE, (), "192.0.2.7") is None
        assert let_go == [("127.0.0.1", 9)]
        await beacon.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_member_that_was_out_comes_back_by_a_probe() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    with hear("127.0.0.1", 0) as ear:
        members = Members([SERVICE], ear, KEYS)
        running = asyncio.create_task(members.run())
        services = {SERVICE: server.sockets[0].getsockname()[:2]}
        beacon = Beacon(
            BeaconSettings((ear.getsockname(),), KEYS), Identity("m0", time.time_ns()), services
        )
        await beacon.start()
        await there(members)
        target = members.pick(SERVICE, (), "")
        assert target is not None
        members.failed(target)
        assert members.missing() == [SERVICE]
        await there(members)
        await beacon.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    server.close()
    await server.wait_closed()


def test_a_port_that_is_taken_is_an_error() -> None:
    with hear("127.0.0.1", 0) as ear, pytest.raises(OSError, match="in use"):
        hear("127.0.0.1", ear.getsockname()[1])
