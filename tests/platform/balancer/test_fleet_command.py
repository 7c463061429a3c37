"""`holdfast fleet`, as it is typed: tables, orders, exit codes, several balancers."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from holdfast.cli import EXIT_FAILURE, EXIT_MISTAKE, run
from holdfast.platform.balancer import fleet_command as module
from holdfast.platform.balancer.fleet_command import EXIT_UNWELL
from tests.support.administered import Administered, administered
from tests.support.balancing import TCP, TcpMember, echo

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


def fleet(admin: Administered, *words: str) -> int:
    return run(["fleet", *words, "--data", str(admin.data)])


def test_the_table_shows_the_nodes_and_the_exit_code_whether_all_is_well(
    tmp_path: Path, capsys: Capture
) -> None:
    with TcpMember(echo("a")) as a, administered(tmp_path, TCP) as admin:
        assert fleet(admin) == EXIT_UNWELL
        assert "nobody takes new clients of tcp-service" in capsys.readouterr().out
        admin.balancing.add("node-1", tcp_service=a.endpoint)
        assert fleet(admin) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[1].split()[:3] == ["NODE", "STATE", "SERVICES"]
        assert lines[2].split()[:4] == ["node-1", "in-rotation", "1/1", "0"]


def test_json_is_for_programs(tmp_path: Path, capsys: Capture) -> None:
    with administered(tmp_path, TCP) as admin:
        fleet(admin, "--json")
        (told,) = json.loads(capsys.readouterr().out).values()
        assert told["services"] == ["tcp-service"]
        assert told["nodes"] == []


def test_orders_reach_the_node(tmp_path: Path, capsys: Capture) -> None:
    with TcpMember(echo("a")) as a, administered(tmp_path, TCP) as admin:
        admin.balancing.add("n1", tcp_service=a.endpoint)
        assert fleet(admin, "drain", "n1") == 0
        assert "n1 takes no new clients" in capsys.readouterr().out
        assert fleet(admin) == EXIT_UNWELL
        assert "draining" in capsys.readouterr().out
        assert fleet(admin, "undrain", "n1") == 0
        assert fleet(admin, "weight", "n1", "2.5") == 0
        assert fleet(admin, "reload") == 0
        assert "changed: nothing" in capsys.readouterr().out


def test_what_is_refused_is_said_and_has_an_exit_code(tmp_path: Path, capsys: Capture) -> None:
    with administered(tmp_path, TCP) as admin:
        assert fleet(admin, "drain", "n9") == EXIT_FAILURE
        assert "There is no node n9" in capsys.readouterr().err
        admin.write("linger_s = -1\n")
        assert fleet(admin, "reload") == EXIT_FAILURE
        assert "balancer.linger_s" in capsys.readouterr().err


def test_a_reload_says_what_needs_a_restart(tmp_path: Path, capsys: Capture) -> None:
    with administered(tmp_path, TCP) as admin:
        admin.write('linger_s = 3\n[fleet]\nhost = "127.0.0.2"\n')
        assert fleet(admin, "reload") == 0
        said = capsys.readouterr().out
        assert "changed: balancer.linger_s" in said
        assert "needs a restart of the balancer: fleet.host" in said


def test_several_balancers_are_shown_and_ordered_one_after_the_other(
    tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with (
        administered(tmp_path / "one", TCP) as one,
        administered(tmp_path / "two", TCP) as two,
    ):
        token = (one.data / "balancer.token").read_text()
        (two.data / "balancer.token").write_text(token)
        both = [word for b in (one, two) for word in ("--balancer", _admin(b))]
        assert fleet(one, *both, "--json") == EXIT_UNWELL
        told = json.loads(capsys.readouterr().out)
        assert list(told) == [_admin(one), _admin(two)]
        assert "services" in told[_admin(one)]
        assert "needs the token" in told[_admin(two)]["error"], "it knows the one it was made with"
        assert fleet(one, "reload", *both) == EXIT_FAILURE
        assert f"{_admin(one)}: changed" in capsys.readouterr().out, "the other one was told"


def _admin(admin: Administered) -> str:
    return admin.balancing.balancer.addresses["admin"]


def test_watching_draws_again_until_interrupted(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", wait)
    with administered(tmp_path, TCP) as admin:
        assert fleet(admin, "--watch", "0.5") == 0
    assert waits == [0.5] * 3
    said = capsys.readouterr().out
    assert said.count("balancer 127.0.0.1") == 3
    assert "\x1b" not in said, "a file is no screen"


@pytest.mark.parametrize(
    "words", [[], ["drain", "n1"], ["--balancer", "nonsense"], ["--balancer", "127.0.0.1:99999"]]
)
def test_a_mistake_is_one_sentence(tmp_path: Path, capsys: Capture, words: Sequence[str]) -> None:
    data = tmp_path / "data"
    if "--balancer" in words:
        data.mkdir()
        (data / "balancer.token").write_text("x" * 64)
    assert run(["fleet", *words, "--data", str(data)]) == EXIT_MISTAKE
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [["--watch", "0"], ["--watch", "x"], ["drain"], ["drain", "n/1"], ["weight", "n1", "heavy"]],
)
def test_wrong_words_are_explained(words: Sequence[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as left:
        run(["fleet", *words])
    assert left.value.code == EXIT_MISTAKE
    assert "usage" in capsys.readouterr().err
