"""What the facts mean, rule by rule: the last good value, and the first bad one."""

from datetime import UTC, datetime, timedelta

import pytest

from holdfast.platform.doctor import judgement
from holdfast.platform.doctor.facts import (
    Certificate,
    Folder,
    Machine,
    Port,
    Program,
    SecretFile,
    Server,
    Software,
)
from holdfast.platform.doctor.findings import Finding

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GIB = 1 << 30


def worst(findings: list[Finding]) -> str:
    order = ["ok", "warning", "problem"]
    return max((one.standing.value for one in findings), key=order.index, default="ok")


def said(findings: list[Finding]) -> str:
    return " ".join(one.what for one in findings)


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        (Software((3, 11), {"a": "1"}, {"a": "1"}), "ok"),
        (Software((3, 10)), "problem"),
        (Software((3, 11), {"a": "2"}, {"a": "1"}), "warning"),
        (Software((3, 11), {}, {"a": "1"}), "problem"),
    ],
)
def test_python_and_packages_are_held_against_the_lock(facts: Software, standing: str) -> None:
    assert worst(judgement.of_software(facts)) == standing


def test_a_long_list_is_cut() -> None:
    locked = {f"p{n}": "1" for n in range(9)}
    assert "and 5 more" in said(judgement.of_software(Software((3, 11), {}, locked)))


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        (Machine(2_666, 2_666), "ok"),
        (Machine(1_024, 2_666), "ok"),
        (Machine(1_024, 2_665), "warning"),
        (Machine(9_999, 9_999, memory_free=GIB), "ok"),
        (Machine(9_999, 9_999, memory_free=500 << 20), "warning"),
        (Machine(9_999, 9_999, memory_free=100 << 20), "problem"),
        (Machine(9_999, 9_999, entropy=256), "ok"),
        (Machine(9_999, 9_999, entropy=20), "warning"),
        (Machine(9_999, 9_999, encoding="UTF8"), "ok"),
        (Machine(9_999, 9_999, encoding="ANSI_X3.4-1968"), "problem"),
        (Machine(9_999, 9_999, clock=NOW), "ok"),
        (Machine(9_999, 9_999, clock=NOW, clock_synchronised=False), "warning"),
        (Machine(9_999, 9_999, clock=datetime(1970, 1, 1, tzinfo=UTC)), "problem"),
    ],
)
def test_a_machine_is_judged_by_what_a_fleet_takes(facts: Machine, standing: str) -> None:
    assert worst(judgement.of_machine(facts, 1_000)) == standing


@pytest.mark.parametrize(("compiled", "said"), [(True, "is compiled"), (False, "in Python only")])
def test_it_says_whether_the_relay_is_compiled_and_that_is_no_problem(
    compiled: bool, said: str
) -> None:
    findings = judgement.of_machine(Machine(9_999, 9_999, fast_path=compiled), 1_000)
    assert worst(findings) == "ok"
    assert any(said in finding.what for finding in findings)


def test_a_limit_of_files_is_told_as_the_clients_that_it_admits() -> None:
    found = judgement.of_machine(Machine(1_024, 20_000), 20_000, 3)[0]
    assert (
        "20000 files, enough for 9456 clients (3 of them: 28368), not for the 20000" in found.what
    )
    assert "balancer.copies" in found.todo
    assert "enough for 9456 clients;" in judgement.of_machine(Machine(1_024, 20_000), 8_192)[0].what


@pytest.mark.parametrize(
    ("port", "is_running", "standing"),
    [
        (Port("http", "tcp", 80), False, "ok"),
        (Port("http", "tcp", 80), True, "problem"),
        (Port("http", "tcp", 80, "process 7 (holdfast)", is_ours=True), True, "ok"),
        (Port("http", "tcp", 80, "process 7 (nginx)"), False, "problem"),
        (Port("http", "tcp", 80, refused="permission denied"), False, "problem"),
    ],
)
def test_a_port_is_free_or_ours(port: Port, is_running: bool, standing: str) -> None:
    found = judgement.of_ports([port], is_running=is_running)
    assert worst(found) == standing
    if standing == "problem":
        assert "TCP 80 (http)" in said(found)


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        (Folder("/d", "ours", free_bytes=9 * GIB, free_inodes=99_999, file_system="ext4"), "ok"),
        (Folder("/d", "ours", is_in_use=True), "ok"),
        (Folder("/d", "foreign"), "problem"),
        (Folder("/d", "file"), "problem"),
        (Folder("/d", "new", refused="permission denied"), "problem"),
        (Folder("/d", "ours", owner_is_us=False), "warning"),
        (Folder("/d", "ours", free_bytes=GIB), "warning"),
        (Folder("/d", "ours", free_bytes=1 << 20), "problem"),
        (Folder("/d", "ours", free_inodes=20_000), "warning"),
        (Folder("/d", "ours", free_inodes=10), "problem"),
        (Folder("/d", "ours", file_system="nfs4"), "problem"),
        (Folder("/d", "ours", file_system="tmpfs"), "warning"),
    ],
)
def test_a_data_folder_is_ours_writable_and_lasting(facts: Folder, standing: str) -> None:
    assert worst(judgement.of_folder(facts)) == standing


GOOD = Server(is_due=True, version=16, connections=5, connections_limit=100)


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        (GOOD, "ok"),
        (Server(is_due=False), "ok"),
        (Server(is_due=True, error="refused"), "problem"),
        (Server(is_due=True, version=13, connections_limit=100), "problem"),
        (Server(is_due=True, version=16, connections=80, connections_limit=100), "warning"),
        (
            Server(is_due=True, version=16, connections_limit=9, due_migrations=("flights 1",)),
            "problem",
        ),
        (Server(is_due=True, version=16, connections_limit=9, replicas_wanted=2), "problem"),
        (Server(is_due=True, version=16, connections_limit=9, replica_lag_bytes=GIB), "warning"),
        (Server(is_due=True, version=16, connections_limit=9, skew_s=0.9), "ok"),
        (Server(is_due=True, version=16, connections_limit=9, skew_s=-1.5), "warning"),
        (Server(is_due=True, version=16, connections_limit=9, skew_s=60.0), "problem"),
    ],
)
def test_a_database_is_there_new_migrated_and_near(facts: Server, standing: str) -> None:
    assert worst(judgement.of_server(facts)) == standing


def test_a_program_that_is_missing_is_a_problem() -> None:
    found = judgement.of_programs([Program("nft", error="not installed."), Program("pg", "16")])
    assert [one.standing.value for one in found] == ["problem", "ok"]


@pytest.mark.parametrize(
    ("days", "standing"), [(100, "ok"), (22, "ok"), (20, "warning"), (0, "problem")]
)
def test_a_certificate_is_told_in_time(days: int, standing: str) -> None:
    ends_at = NOW + timedelta(days=days)
    assert worst(judgement.of_certificates([Certificate("results", ends_at)], NOW)) == standing


def test_a_certificate_that_cannot_be_used_is_a_problem() -> None:
    assert worst(judgement.of_certificates([Certificate("r", error="No key.")], NOW)) == "problem"


@pytest.mark.parametrize(
    ("file", "standing"),
    [
        (SecretFile("a.token", 0o600), "ok"),
        (SecretFile("a.token", 0o640), "problem"),
        (SecretFile("a.token", 0o604), "problem"),
        (SecretFile("a.token", 0o600, owner_is_us=False), "warning"),
    ],
)
def test_secrets_are_for_their_owner(file: SecretFile, standing: str) -> None:
    assert worst(judgement.of_secrets([file])) == standing


def test_without_secrets_there_is_nothing_to_say() -> None:
    assert judgement.of_secrets([]) == []
