"""The access log: whole lines, bounded memory, and a loop that never waits for a writer."""

import json
import os
import stat
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer import access_log as module
from holdfast.platform.balancer.access_log import AccessLog, Ended
from holdfast.platform.balancer.proxy_protocol import TRACE_TLV, encode
from tests.support.processes import until

HEADER = encode("tcp", ("192.0.2.7", 51544), ("192.0.2.1", 80), ((TRACE_TLV, bytes(range(16))),))
ENDED = Ended(1_800_000_000.25, "connection", "api", "n1", "finished", 1.5, HEADER, "?", 10, 20)


def test_a_line_has_the_form_of_all_log_lines(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    log = AccessLog(str(file), "balancer", "text")
    log.note(ENDED)
    log.close()
    assert file.read_text() == (
        "2027-01-15T08:00:00.250Z info balancer connection client=192.0.2.7:51544 listener=api"
        " node=n1 end=finished lasted_s=1.5 client_bytes=10 node_bytes=20"
        " trace=000102030405060708090a0b0c0d0e0f\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_json_lines_have_the_same_values(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    log = AccessLog(str(file), "balancer", "json")
    log.note(Ended(0.0, "flow", "echo", "", "idle", 2.0, b"", "2001:db8::/64"))
    log.close()
    assert json.loads(file.read_text()) == {
        "at": "1970-01-01T00:00:00.000Z",
        "level": "info",
        "process": "balancer",
        "event": "flow",
        "client": "2001:db8::/64",
        "listener": "echo",
        "node": "none",
        "end": "idle",
        "lasted_s": 2.0,
    }


def test_lines_appear_after_a_flush_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    log = AccessLog(str(file), "balancer", "json")
    for number in range(300):
        log.note(Ended(0.0, "connection", "api", f"n{number}", "finished", 1.0, HEADER, ""))
    log.flush()
    until(lambda: file.read_bytes().count(b"\n") == 300, "all lines are there")
    nodes = [json.loads(line)["node"] for line in file.read_text().splitlines()]
    assert nodes == [f"n{number}" for number in range(300)]
    log.close()
    assert log.dropped == 0


def test_a_stuck_reader_costs_lines_but_no_time_and_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 2_000)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = AccessLog(str(pipe), "balancer", "text")
    for _ in range(10):
        for _ in range(1_000):
            log.note(ENDED)
        log.flush()  # returns at once although nobody reads
    assert log.dropped >= 10_000 - 1_000 - 2 * 2_000
    log.close(within_s=0.01)
    os.set_blocking(reader, True)
    got = b""
    while piece := os.read(reader, 1 << 16):
        got += piece
    os.close(reader)
    assert got.count(b"\n") + log.dropped == 10_000
    assert all(line.endswith(b"0e0f") for line in got.splitlines()), "only whole lines"


def test_what_cannot_be_written_is_counted(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = AccessLog(str(pipe), "balancer", "text")
    os.close(reader)
    log.note(ENDED)
    log.close()
    assert log.dropped == 1


def test_a_file_that_cannot_be_made_is_a_mistake_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"balancer\.access_log: .* cannot be written"):
        AccessLog(str(tmp_path / "nowhere" / "access.log"), "balancer", "text")
    target = tmp_path / "link"
    target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Mistake):
        AccessLog(str(target), "balancer", "text")


def test_standard_error_may_be_the_target(capfd: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("-", "balancer", "text")
    log.note(ENDED)
    log.close()
    assert "end=finished" in capfd.readouterr().err
