"""The beacon: beats to every balancer, whatever becomes of them, and says goodbye."""

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from holdfast import __version__
from holdfast.platform.membership import beacon as module
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.wire import Heartbeat, Keyring, Load, decode
from tests.support.eventually import eventually

RING = Keyring.of([b"a key of thirty-two bytes or more"])
SERVICES = {"tcp": ("127.0.0.1", 4444)}


class Ear:
    """A balancer's heartbeat port."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self.address: tuple[str, int] = self.sock.getsockname()
        self.beats: list[Heartbeat] = []

    def hear(self) -> list[Heartbeat]:
        while True:
            try:
                heard = decode(self.sock.recv(2000), RING)
            except BlockingIOError:
                return self.beats
            assert isinstance(heard, Heartbeat)
            self.beats.append(heard)


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.sock.close()


def settings(*targets: tuple[str, int], interval_s: float = 0.01) -> BeaconSettings:
    return BeaconSettings(targets, RING, interval_s)


async def test_the_first_beat_is_out_when_start_returns(ear: Ear) -> None:
    beacon = Beacon(settings(ear.address, interval_s=60.0), Identity("a", 7), SERVICES)
    await beacon.start()
    (beat,) = ear.hear()
    assert (beat.node, beat.incarnation, beat.sequence) == ("a", 7, 1)
    assert beat.services == {"tcp": ("127.0.0.1", 4444)}
    assert not beat.draining
    await beacon.stop()


async def test_beats_go_on_and_each_is_newer(ear: Ear) -> None:
    running = 5
    beacon = Beacon(settings(ear.address), Identity("a", 7), SERVICES, lambda: Load(running, 100))
    await beacon.start()
    await eventually(lambda: len(ear.hear()) >= 4)
    await beacon.stop()
    sequences = [beat.sequence for beat in ear.hear()]
    assert sequences == sorted(set(sequences))
    assert [beat.uptime_s for beat in ear.beats] == sorted(beat.uptime_s for beat in ear.beats)
    assert ear.beats[0].load.running == 5
    assert ear.beats[0].interval_s == 0.01


async def test_draining_is_told_at_once_and_may_be_taken_back(ear: Ear) -> None:
    beacon = Beacon(settings(ear.address, interval_s=60.0), Identity("a", 7), SERVICES)
    await beacon.start()
    beacon.draining = True
    await eventually(lambda: ear.hear()[-1].draining)
    assert beacon.draining
    beacon.draining = False
    await eventually(lambda: not ear.hear()[-1].draining)
    await beacon.stop()


async def test_the_last_beat_says_goodbye(ear: Ear) -> None:
    beacon = Beacon(settings(ear.address, interval_s=60.0), Identity("a", 7), SERVICES)
    await beacon.stop()
    await beacon.start()
    await beacon.stop()
    await beacon.stop()
    assert [beat.leaving for beat in ear.hear()] == [False, True, True]


async def test_all_balancers_hear_it_and_a_missing_one_disturbs_nobody(ear: Ear) -> None:
    other, gone = Ear(), Ear()
    gone.sock.close()
    beacon = Beacon(settings(gone.address, ear.address, other.address), Identity("a", 7), SERVICES)
    await beacon.start()
    await eventually(lambda: len(ear.hear()) >= 4 and len(other.hear()) >= 4)
    await beacon.stop()
    other.sock.close()


async def test_a_balancer_that_comes_back_is_told_again(ear: Ear) -> None:
    port = ear.address[1]
    ear.sock.close()
    beacon = Beacon(settings(ear.address), Identity("a", 7), SERVICES)
    await beacon.start()
    late = Ear()
    late.sock.close()
    late.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    late.sock.bind(("127.0.0.1", port))
    late.sock.setblocking(False)
    await eventually(lambda: len(late.hear()) >= 2)
    await beacon.stop()
    late.sock.close()


async def test_names_are_looked_up_and_a_failing_look_up_is_tried_again(
    ear: Ear, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = 2

    async def look_up(host: str, port: int) -> tuple[str, int]:
        nonlocal failures
        if host == "127.0.0.1":
            return host, port
        assert host == "balancer"
        failures -= 1
        if failures >= 0:
            raise OSError("no such name")
        return "127.0.0.1", port

    monkeypatch.setattr(module, "_look_up", look_up)
    beacon = Beacon(settings(("balancer", ear.address[1])), Identity("a", 7), SERVICES)
    await beacon.start()
    await eventually(lambda: bool(ear.hear()))
    await beacon.stop()
    assert failures < 0
    assert caplog.text.count("balancer_unreachable") == 1, "it is said once, not at each beat"


async def test_a_look_up_that_hangs_holds_back_nobody(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    answer = asyncio.Event()

    async def look_up(host: str, port: int) -> tuple[str, int]:
        nonlocal asked
        if host == "black-hole":
            asked += 1
            await answer.wait()
        return "127.0.0.1", port

    monkeypatch.setattr(module, "_look_up", look_up)
    monkeypatch.setattr(module, "LOOKUP_TIMEOUT_S", 0.02)
    late = Ear()
    beacon = Beacon(
        settings(("black-hole", late.address[1]), ear.address), Identity("a", 7), SERVICES
    )
    await beacon.start()
    await eventually(lambda: len(ear.hear()) >= 20)
    assert asked == 1, "time-outs do not pile up look-ups"
    answer.set()
    await eventually(lambda: bool(late.hear()))
    await beacon.stop()
    late.sock.close()


async def test_names_are_looked_up_again_because_balancers_move(
    ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = Ear()
    ports = [ear.address[1], moved.address[1]]

    async def look_up(host: str, port: int) -> tuple[str, int]:
        if host != "balancer":
            return host, port
        return "127.0.0.1", ports[0] if len(ports) == 1 else ports.pop(0)

    monkeypatch.setattr(module, "_look_up", look_up)
    monkeypatch.setattr(module, "LOOKUP_AGAIN_S", 0.02)
    beacon = Beacon(settings(("balancer", 1)), Identity("a", 7), SERVICES)
    await beacon.start()
    assert ear.hear()
    await eventually(lambda: bool(moved.hear()))
    await beacon.stop()
    moved.sock.close()


async def test_a_beat_tells_how_busy_the_process_is(ear: Ear) -> None:
    beacon = Beacon(
        settings(ear.address), Identity("a", 7), SERVICES, lambda: Load(3, 10, queued=2)
    )
    await beacon.start()

    def work() -> None:
        ends = time.process_time() + 0.2
        while time.process_time() < ends:
            pass

    work()
    await eventually(lambda: any(beat.load.cpu > 0 for beat in ear.hear()))
    await beacon.stop()
    last = ear.hear()[-1]
    assert last.version == __version__
    assert (last.load.running, last.load.capacity, last.load.queued) == (3, 10, 2)


async def test_a_name_in_a_services_address_is_told_as_a_number(ear: Ear) -> None:
    beacon = Beacon(
        settings(ear.address, interval_s=60.0), Identity("a", 7), {"tcp": ("localhost", 4444)}
    )
    await beacon.start()
    await beacon.stop()
    assert ear.hear()[0].services["tcp"][0] in ("127.0.0.1", "::1")


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
async def test_a_wildcard_is_told_as_the_address_we_reach_the_balancer_from(
    ear: Ear, host: str
) -> None:
    beacon = Beacon(settings(ear.address, interval_s=60.0), Identity("a", 7), {"tcp": (host, 4444)})
    await beacon.start()
    await beacon.stop()
    assert ear.hear()[0].services == {"tcp": ("127.0.0.1", 4444)}


async def test_a_load_that_cannot_be_told_does_not_silence_the_node(
    ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Load:
        raise RuntimeError("a bug")

    beacon = Beacon(settings(ear.address), Identity("a", 7), SERVICES, broken)
    await beacon.start()
    await eventually(lambda: len(ear.hear()) >= 3)
    await beacon.stop()
    assert "load_unknown" in caplog.text


async def test_a_senseless_load_is_put_right(ear: Ear) -> None:
    beacon = Beacon(settings(ear.address), Identity("a", 7), SERVICES, lambda: Load(-1, -1, 0.5))
    await beacon.start()
    await beacon.stop()
    load = ear.hear()[0].load
    assert (load.running, load.capacity, load.loop_lag_s) == (0, 0, 0.5)


async def test_a_loop_that_hangs_is_told_by_its_lag(ear: Ear) -> None:
    beacon = Beacon(settings(ear.address), Identity("a", 7), SERVICES)
    await beacon.start()
    for _ in range(3):
        await asyncio.sleep(0)

    def hang() -> None:
        stopped = asyncio.get_running_loop().time() + 0.1
        while asyncio.get_running_loop().time() < stopped:
            pass

    hang()
    await eventually(lambda: any(beat.load.loop_lag_s > 0.05 for beat in ear.hear()))
    await beacon.stop()


async def test_a_node_that_could_never_be_heard_does_not_start(ear: Ear) -> None:
    with pytest.raises(ValueError, match="valid"):
        await Beacon(settings(ear.address), Identity("not a name", 7), SERVICES).start()


def test_each_start_is_a_newer_incarnation() -> None:
    assert Identity.fresh("a").incarnation < Identity.fresh("a").incarnation


async def test_a_beacon_that_has_just_been_told_to_drain_stops_at_once(ear: Ear) -> None:
    beacon = Beacon(settings(ear.address, interval_s=60.0), Identity("a", 7), SERVICES)
    await beacon.start()
    async with asyncio.timeout(10.0):
        beacon.draining = True
        await asyncio.sleep(0)
        await beacon.stop()
    assert ear.hear()[-1].leaving
