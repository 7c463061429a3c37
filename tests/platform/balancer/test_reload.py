"""Settings read again while the balancer runs: what changes, what does not, and never half."""

import json
import signal
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.reload import KEYS, InForce, Reload
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.keys import load_keyring
from holdfast.platform.membership.wire import Keyring
from holdfast.platform.runtime.config import Effective
from tests.support.administered import BASE, SECTIONS, administered
from tests.support.balancing import (
    SECRET,
    TcpMember,
    echo,
    receive,
    receive_all,
)
from tests.support.processes import until


class World:
    """A settings file, a key file and what a reload makes of them."""

    def __init__(self, folder: Path) -> None:
        self.file, self.key = folder / "holdfast.toml", folder / "fleet.key"
        self.key.write_bytes(SECRET + b"\n")
        self.write("")
        self.effective = Effective.load(SECTIONS, file=self.file)
        self.reload = Reload(self.effective, load_keyring(self.key))
        self.taken: list[InForce] = []
        self.reload.join(self.take)

    def write(self, lines: str) -> None:
        self.file.write_text(f'[fleet]\ndata = "{self.file.parent}"\n[balancer]\n{lines}')

    def take(self, fresh: InForce):  # type: ignore[no-untyped-def]
        return lambda: self.taken.append(fresh) or ()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_without_a_change_nothing_is_told(world: World) -> None:
    told = world.reload()
    assert (told.applied, told.needs_restart, told.elsewhere) == ((), (), ())


def test_what_may_change_is_taken_over_and_the_rest_keeps_its_value(world: World) -> None:
    world.write("linger_s = 9\nheartbeat_port = 9999\n")
    told = world.reload()
    assert told.applied == ("balancer.linger_s",)
    assert told.needs_restart == ("balancer.heartbeat_port",)
    (fresh,) = world.taken
    assert fresh.settings == BalancerSettings(linger_s=9.0)


def test_what_is_in_force_is_not_told_again_but_a_needed_restart_is(world: World) -> None:
    world.write("linger_s = 9\nheartbeat_port = 9999\n")
    world.reload()
    told = world.reload()
    assert told.applied == ()
    assert told.needs_restart == ("balancer.heartbeat_port",)
    world.write("")
    assert world.reload().applied == ("balancer.linger_s",), "the default is a change again"
    assert world.taken[-1].settings == BalancerSettings()


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("linger_s = -1\n", "balancer.linger_s"),
        ('linger_s = "soon"\n', "balancer.linger_s"),
        ("lingers = 1\n", "balancer.linger_s"),
        ("linger_s = \n", "TOML"),
        ("[balanser]\n", "balancer"),
    ],
)
def test_a_wrong_file_changes_nothing_and_is_told_by_the_name_of_its_key(
    world: World, lines: str, named: str
) -> None:
    world.write("connect_timeout_s = 7\n" + lines)
    with pytest.raises(Mistake, match=named.replace(".", r"\.")):
        world.reload()
    assert not world.taken
    world.write("")
    assert world.reload().applied == (), "what was right in the wrong file was not taken over"


def test_a_file_that_is_gone_changes_nothing(world: World) -> None:
    world.file.unlink()
    with pytest.raises(Mistake, match="cannot be read"):
        world.reload()
    assert not world.taken


def test_new_keys_are_taken_over_and_wrong_ones_are_not(world: World) -> None:
    fresh = b"another key that only tests know, 32 B"
    world.key.write_bytes(fresh + b"\n" + SECRET + b"\n")
    assert world.reload().applied == (KEYS,)
    assert world.taken[-1].keyring == Keyring.of([fresh, SECRET])
    assert world.reload().applied == ()
    world.key.write_bytes(b"short\n")
    with pytest.raises(Mistake, match=r"fleet\.key"):
        world.reload()


def test_another_key_file_may_be_named(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(b"another key that only tests know, 32 B\n")
    world.file.write_text(f'[fleet]\ndata = "{tmp_path}"\nkey_file = "{other}"\n')
    assert world.reload().applied == ("fleet.key_file", KEYS)


def test_a_part_that_is_not_ready_keeps_all_others_from_changing(world: World) -> None:
    def part(_fresh: InForce):  # type: ignore[no-untyped-def]
        raise Mistake("the certificate is for another host")

    world.reload.join(part)
    world.write("linger_s = 9\n")
    with pytest.raises(Mistake, match="certificate"):
        world.reload()
    assert not world.taken


def test_a_part_tells_what_else_has_changed(world: World) -> None:
    world.reload.join(lambda _fresh: lambda: ["the certificate of example.org"])
    assert world.reload().applied == ("the certificate of example.org",)


def test_a_signal_that_finds_a_wrong_file_is_told_to_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.write("linger_s = -1\n")
    world.reload.on_signal()
    (record,) = [record for record in caplog.records if record.msg == "reload_refused"]
    assert "balancer.linger_s" in str(vars(record)["values"])


def test_a_running_balancer_takes_over_limits_waits_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with TcpMember(echo("a")) as a, administered(tmp_path) as admin:
        b = admin.balancing
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as inside:
            assert receive(inside, 2) == b"a:"
            admin.write(f'connections_per_client = 1\naccess_log = "{log}"\nstate_every_s = 5\n')
            told = admin.told("/reload", method="POST")
            assert set(told["applied"]) == {  # type: ignore[call-overload]
                "balancer.connections_per_client",
                "balancer.access_log",
                "balancer.state_every_s",
            }
            with b.connect() as refused:
                assert receive_all(refused) == b"too many of you"
            inside.sendall(b"still served")
            assert receive(inside, 12) == b"still served"
        until(lambda: log.exists() and b"finished" in log.read_bytes(), "its end is told")
        admin.write("connections = -1\n")
        status, raw = admin.ask("/reload", method="POST")
        assert status == 422
        assert "balancer.connections" in json.loads(raw)["error"]


def test_an_access_log_that_was_moved_away_is_made_anew(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with administered(tmp_path, more=f'access_log = "{log}"\n') as admin:
        log.rename(tmp_path / "access.log.1")
        admin.told("/reload", method="POST")
        with admin.balancing.connect() as client:
            receive_all(client)
        until(lambda: log.exists() and log.stat().st_size > 0, "the new file is written")


def test_a_rotated_key_is_heard_without_a_restart(tmp_path: Path) -> None:
    with TcpMember(echo("a")) as a, administered(tmp_path) as admin:
        b = admin.balancing
        b.add("a", tcp_service=a.endpoint)
        (admin.data / "fleet.key").write_bytes(b"a wholly new key of the fleet, 32 bytes\n")
        assert admin.told("/reload", method="POST")["applied"] == [KEYS]
        until(
            lambda: b.balancer._ear.rejected["unknown-key"] > 0,
            "beats with the old key are refused",
        )


@pytest.mark.processes
def test_sighup_has_a_process_read_its_settings_again(tmp_path: Path) -> None:
    from tests.platform.balancer.test_process import SCRIPT, environment
    from tests.support.processes import Child

    script = SCRIPT.replace(
        "environment=os.environ", "environment=os.environ, file=Path(os.environ['FILE'])"
    ).replace("import os,", "from pathlib import Path\nimport os,")
    file = tmp_path / "settings.toml"
    file.write_text(BASE)
    variables = {**environment(tmp_path), "FILE": str(file)}
    log = tmp_path / "access.log"
    with Child(script, "0", environment=variables) as child:
        assert "ready" in child.said()
        _written(tmp_path / "new", BASE + f'access_log = "{log}"\n').replace(file)
        child.signal(signal.SIGHUP)
        until(log.exists, "the log is open")
        child.signal(signal.SIGTERM)
        code, words = child.end()
    assert code == 0
    assert "reloaded applied=balancer.access_log" in words


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path
