"""docs/reference/membership.md: its bounds, and what may not happen at a restart, a flood, a leap.

The detector's single rules are in `test_detector`, whole fleets in `tests/fleet`.
"""

import random
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import msgspec
import pytest

from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.detector import (
    NETWORKS,
    SILENT,
    Change,
    Detector,
    DetectorSettings,
    Gone,
    Network,
    Present,
)
from holdfast.platform.membership.listener import DATAGRAMS_PER_ROUND, BeatListener
from holdfast.platform.membership.wire import Heartbeat, Keyring, Rejection, decode, encode
from tests.platform.membership.test_wire import signed
from tests.support.eventually import eventually

OLD, NEW = b"the old key of this fleet, long enough", b"the new key of this fleet, long enough"
RING = Keyring.of([OLD])
WALL = 1_790_000_000.0
PRESETS: Sequence[Network] = ("local", "lan", "wan")


def beat(node: str, sequence: int, at: float, **changes: object) -> Heartbeat:
    """The beat that a node, started at time 0 with right clocks, sends at time `at`."""
    made = Heartbeat(node, 1, sequence, WALL + at, at, 1.0, {"tcp": ("127.0.0.1", 1000)})
    return replace(made, **changes)  # type: ignore[arg-type]


class Watch:
    """A detector that looks four times a second, with a witness that beats once a second."""

    def __init__(self, settings: DetectorSettings) -> None:
        self.detector = Detector(settings)
        self.now = 0.0
        self.changes: list[tuple[float, Change]] = []

    def hear(self, heard: Heartbeat) -> tuple[Change, ...] | Rejection:
        return self.detector.receive(heard, self.now, WALL + self.now)

    def look_on(self, seconds: float, *, witness: bool = True) -> None:
        until = self.now + seconds
        while self.now < until - 1e-9:
            self.now += 0.25
            if witness and self.now % 1.0 == 0.0:
                self.hear(beat("witness", int(self.now), self.now))
            self.changes += [(self.now, change) for change in self.detector.tick(self.now)]

    def live(self, gaps: Sequence[int]) -> None:
        """The member `a` beats with these gaps, in whole seconds."""
        for gap in gaps:
            self.look_on(gap)
            self.hear(beat("a", int(self.now) + 1, self.now))

    def when(self, kind: type) -> float:
        """When that was said of `a` last."""
        (*_, last) = (at for at, c in self.changes if type(c) is kind and c.member.node == "a")
        return last


def noise(beats: int) -> list[int]:
    dice = random.Random(1)
    return [1 + (dice.random() < 0.3) for _ in range(beats)]


@pytest.mark.parametrize("network", PRESETS)
@pytest.mark.parametrize("learnt", [[1], [1] * 100, noise(100)], ids=["new", "quiet", "noisy"])
def test_the_dead_are_suspected_and_removed_within_the_bounds_of_the_page(
    network: Network, learnt: list[int]
) -> None:
    watch = Watch(NETWORKS[network])
    watch.live(learnt)
    died = watch.now
    watch.look_on(12.0)
    suspected_s, removed_s = watch.when(Present) - died, watch.when(Gone) - died
    on_page = {"local": (2.5, 3.75), "lan": (2.75, 4.0), "wan": (4.25, 7.5)}
    assert suspected_s <= on_page[network][0]
    assert 3.0 < removed_s <= on_page[network][1]
    assert suspected_s < removed_s
    if learnt == [1] * 100:
        assert removed_s <= 3.0 + NETWORKS[network].slack_s + 0.5, "quiet: three missed beats"


@pytest.mark.parametrize("network", PRESETS)
def test_the_bounds_of_the_page_are_those_of_the_code(network: Network) -> None:
    on_page = {"local": (2.5, 3.75), "lan": (2.75, 4.0), "wan": (4.25, 7.5)}
    settings = NETWORKS[network]
    assert (settings.suspicion_bound_s(1.0), settings.removal_bound_s(1.0)) == on_page[network]


def test_who_is_regular_is_suspected_after_one_missed_beat_who_is_not_later() -> None:
    regular, other = Watch(NETWORKS["local"]), Watch(NETWORKS["local"])
    for watch, gaps in ((regular, [1] * 100), (other, noise(100))):
        watch.live(gaps)
        died = watch.now
        watch.look_on(3.0)
        watch.now = watch.when(Present) - died
    assert regular.now <= 1.75
    assert other.now >= 2.25


def test_across_a_bad_network_a_member_outlives_three_lost_beats() -> None:
    watch = Watch(NETWORKS["wan"])
    watch.live([*noise(100), 4, 1, 5])
    assert [change for _, change in watch.changes if isinstance(change, Gone)] == []


def test_the_improbability_of_a_silence_can_be_read() -> None:
    watch = Watch(NETWORKS["local"])
    watch.live([1] * 100)
    watch.look_on(0.5)
    before = watch.detector.silence("a", watch.now)
    watch.look_on(1.0)
    after = watch.detector.silence("a", watch.now)
    assert before
    assert after
    assert (before.silent_s, after.silent_s) == (0.5, 1.5)
    assert before.phi < 0.1
    assert after.phi > 8
    assert watch.detector.silence("nobody", watch.now) is None


def test_suspicion_comes_before_removal_even_if_both_are_due_at_one_look() -> None:
    watch = Watch(NETWORKS["local"])
    watch.hear(beat("a", 1, 0.0, interval_s=0.05))
    watch.hear(beat("witness", 1, 0.0, interval_s=0.05))
    for sequence in range(2, 20):
        watch.now += 0.2
        watch.hear(beat("witness", sequence, watch.now, interval_s=0.05))
        watch.changes += [(watch.now, change) for change in watch.detector.tick(watch.now)]
    assert watch.when(Present) < watch.when(Gone)


def test_a_cut_off_balancer_keeps_members_of_any_interval() -> None:
    watch = Watch(NETWORKS["local"])
    for node, interval_s in (("fast", 0.1), ("usual", 1.0), ("slow", 10.0)):
        watch.hear(beat(node, 1, 0.0, interval_s=interval_s))
    watch.look_on(50.0, witness=False)
    assert [change for _, change in watch.changes if isinstance(change, Gone)] == []
    assert all(member.suspect for member in watch.detector.members)


def test_a_removed_node_is_back_with_its_next_beat_whatever_our_clock_says() -> None:
    watch = Watch(NETWORKS["local"])
    watch.live([1, 1])
    watch.look_on(60.0)
    assert isinstance(watch.changes[-1][1], Gone)
    for jump_s in (-86_400.0, 86_400.0):
        replay = watch.detector.receive(beat("a", 2, 1.0), watch.now, WALL + watch.now + jump_s)
        assert isinstance(replay, Rejection)
    back = watch.detector.receive(beat("a", 63, watch.now), watch.now, WALL + watch.now + 86_400.0)
    assert not isinstance(back, Rejection)
    (change,) = back
    assert isinstance(change, Present)
    assert change.before is None


def test_a_machine_that_was_suspended_is_back_with_its_next_beat() -> None:
    watch = Watch(NETWORKS["local"])
    watch.live([1, 1])
    watch.look_on(600.0)
    stood_still = beat("a", 4, watch.now, uptime_s=3.0)
    assert not isinstance(watch.hear(stood_still), Rejection)
    watch.look_on(1.0)
    assert not isinstance(watch.hear(beat("a", 5, watch.now, uptime_s=4.0)), Rejection)


def test_replays_to_a_restarted_balancer_end_after_two_windows() -> None:
    """The worst there is: a whole recording, said again at its own pace to an empty memory."""
    window_s = NETWORKS["local"].window_s
    recorded = [beat("a", second + 1, float(second)) for second in range(100)]
    died = 99.0
    watch = Watch(NETWORKS["local"])
    watch.now = died
    counted = died
    for step in range(400):
        watch.look_on(0.5)
        for one in recorded[max(0, step - 30) : step + 100]:
            if not isinstance(watch.hear(one), Rejection):
                counted = watch.now
    assert counted <= died + 2 * window_s + 1.0
    assert [member.node for member in watch.detector.members] == ["witness"]
    assert watch.when(Gone) <= counted + NETWORKS["local"].removal_bound_s(1.0)


def test_a_flood_that_may_have_drowned_beats_suspects_and_does_not_remove() -> None:
    watch = Watch(NETWORKS["local"])
    watch.hear(beat("a", 1, 0.0))
    changes: list[Change] = []
    for second in range(1, 21):
        for quarter in range(4):
            watch.now = second + quarter / 4
            changes += watch.detector.tick(watch.now, deaf=True)
        watch.hear(beat("witness", second, watch.now))
    assert [type(change) for change in changes] == [Present]
    watch.now += 0.25
    assert [type(change) for change in watch.detector.tick(watch.now)] == [Gone]


@pytest.fixture
def ears() -> Iterator[list[BeatListener]]:
    """Two balancers' heartbeat ports."""
    with ExitStack() as stack:
        made = []
        for _ in range(2):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind(("127.0.0.1", 0))
            sock.setblocking(False)
            made.append(BeatListener(sock, RING, Detector()))
        yield made


def beating(ears: list[BeatListener], secrets: Sequence[bytes]) -> Beacon:
    addresses = tuple(ear.socket.getsockname() for ear in ears)
    settings = BeaconSettings(addresses, Keyring.of(secrets), interval_s=0.01)
    return Beacon(settings, Identity("a", 7), {"tcp": ("127.0.0.1", 4444)})


async def test_each_balancer_hears_every_node(ears: list[BeatListener]) -> None:
    beacon = beating(ears, [OLD])
    await beacon.start()
    for ear in ears:

        def member_is_there(ear: BeatListener = ear) -> bool:
            ear.drain(1.0, time.time())
            return [member.node for member in ear.detector.members] == ["a"]

        await eventually(member_is_there)
    await beacon.stop()


async def test_keys_rotate_without_a_restart_of_the_balancer(ears: list[BeatListener]) -> None:
    ear = ears[0]
    beacon = beating([ear], [NEW, OLD])
    await beacon.start()

    def is_refused() -> bool:
        ear.drain(1.0, time.time())
        return ear.rejected["unknown-key"] > 0

    await eventually(is_refused)
    assert ear.detector.members == []
    ear.rekey(Keyring.of([OLD, NEW]))

    def is_heard() -> bool:
        return bool(ear.drain(1.0, time.time()))

    await eventually(is_heard)
    await beacon.stop()


def test_a_listener_that_cannot_keep_up_removes_nobody(ears: list[BeatListener]) -> None:
    ear = ears[0]
    ear.detector.receive(beat("a", 1, 0.0), 0.0, WALL)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(ear.socket.getsockname())
        changes: list[Change] = []
        for step in range(1, 40):
            now = step / 4
            ear.detector.receive(beat("witness", step, now), now, WALL + now)
            for _ in range(DATAGRAMS_PER_ROUND + 1):
                sender.send(b"flood")
            changes += ear.drain(now, WALL + now)
            changes += ear.tick(now)
    assert [change for change in changes if isinstance(change, Gone)] == []
    ear.drain(10.0, WALL + 10.0)
    (gone,) = ear.tick(10.0)
    assert isinstance(gone, Gone)
    assert gone.why == SILENT


def test_a_beat_of_an_older_node_is_understood() -> None:
    body = msgspec.to_builtins(beat("a", 1, 0.0))
    for new in ("version",):
        del body[new]
    for new in ("cpu", "queued"):
        del body["load"][new]
    assert decode(signed(msgspec.msgpack.encode(body), OLD), RING) == beat("a", 1, 0.0)


def test_a_beat_with_every_field_at_its_longest_fits_into_a_datagram() -> None:
    services = {
        f"service-{n}": ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 65_535) for n in range(8)
    }
    assert encode(replace(beat("n" * 64, 2**62, 1e9), services=services, version="v" * 32), RING)
