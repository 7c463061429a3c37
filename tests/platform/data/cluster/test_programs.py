"""What a cluster needs is found, or said before anything is started."""

import os
import sys
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.account import Account
from holdfast.platform.data.cluster import programs
from holdfast.platform.data.cluster.programs import (
    Python,
    check_reach,
    etcd_program,
    python_for,
    store_on_this_machine,
)

ME = Account(os.geteuid(), os.getegid(), "me", switch=False)


def test_an_ordinary_user_runs_the_python_of_this_installation() -> None:
    python = python_for(ME, "etcd")
    assert python == Python(sys.executable, "")
    assert python.run_module("patroni", "x") == [sys.executable, "-P", "-m", "patroni", "x"]
    assert "PYTHONPATH" not in python.environment()


def test_another_python_sees_our_packages_and_not_those_of_its_system() -> None:
    python = Python("/usr/bin/python3", "/ours")
    assert python.run_module("patroni")[1:3] == ["-P", "-S"]
    assert python.environment()["PYTHONPATH"] == "/ours"


def test_an_account_that_reaches_no_python_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Python] = []

    def fails(python: Python, *_: object) -> bool:
        tried.append(python)
        return False

    monkeypatch.setattr(programs, "_runs", fails)
    other = Account(65534, 65534, "nobody", switch=True)
    with pytest.raises(Mistake, match=r"The user nobody.* cannot reach .* start as an ordinary"):
        python_for(other, "etcd")
    assert tried[0] == Python(sys.executable, "")
    assert all(python.packages for python in tried[1:])


def test_a_python_that_lacks_a_module_or_does_not_exist_is_not_taken() -> None:
    python = Python(sys.executable, "")
    assert programs._runs(python, ["json"], ME)
    assert not programs._runs(python, ["no_such_module_anywhere"], ME)
    assert not programs._runs(Python("/nowhere/python", ""), ["json"], ME)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda name: None if name == "psycopg" else name)
    with pytest.raises(Mistake, match="the Python package psycopg"):
        python_for(ME, "etcd")


def test_the_store_is_etcd_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert store_on_this_machine() == "raft"
    with pytest.raises(Mistake, match="apt install etcd-server"):
        etcd_program()
    program = tmp_path / "etcd"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert store_on_this_machine() == "etcd"
    assert etcd_program() == str(program.resolve())


def test_a_closed_folder_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_reach(ME, tmp_path)
    monkeypatch.setattr(Account, "can_enter", lambda *_: False)
    with pytest.raises(Mistake, match="choose a data folder outside of closed folders"):
        check_reach(ME, tmp_path)
