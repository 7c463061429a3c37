"""An app's declaration is complete with little said: sensible values stand for the rest."""

import argparse

import pytest

from holdfast.errors import Mistake
from holdfast.platform.runtime.app import App, Command, Listener, Process, chosen
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

SETTINGS = Effective.load({})


def test_a_process_runs_once_behind_the_balancer_unless_told_otherwise() -> None:
    process = Process("api", "serve", lambda _: None)
    assert process.copies(SETTINGS) == 1
    assert process.stage == 1


def test_a_listener_tells_members_the_clients_address_unless_told_otherwise() -> None:
    assert Listener("web", "tcp", 80, "http").proxied is True


def test_an_app_needs_no_preparation_and_no_summary() -> None:
    app = App(name="empty", listeners=lambda _: (), processes=(), commands=(), sections={})
    app.check(SETTINGS)
    app.prepare(SETTINGS)
    assert tuple(app.summary(SETTINGS)) == ()
    assert tuple(app.shortcuts) == ()


def test_a_group_of_commands_runs_the_task_that_was_chosen() -> None:
    ran: list[str] = []

    def task(name: str) -> Command:
        def run(_: argparse.Namespace, __: Effective) -> int:
            ran.append(name)
            return len(ran)

        return Command(name, name, lambda _: None, run)

    group = Command.group("flights", "fly", (task("search"), task("book")))
    group.arguments(argparse.ArgumentParser())
    assert group.run(argparse.Namespace(task="book"), SETTINGS) == 1
    assert ran == ["book"]
    assert [each.name for each in group.tasks] == ["search", "book"]


def test_a_group_may_do_something_when_no_task_is_named() -> None:
    def command(name: str, code: int) -> Command:
        return Command(name, name, lambda parser: parser.add_argument("--to"), lambda *_: code)  # type: ignore[arg-type,return-value]

    group = Command.group("backup", "save", (command("list", 1),), alone=command("now", 2))
    parser = argparse.ArgumentParser()
    group.arguments(parser)
    assert not group.needs_task
    assert group.run(parser.parse_args(["--to", "x"], argparse.Namespace(task=None)), SETTINGS) == 2
    assert group.run(argparse.Namespace(task="list"), SETTINGS) == 1


def named(name: str) -> App:
    return App(name=name, listeners=lambda _: (), processes=(), commands=(), sections={})


def wanting(*names: str) -> Effective:
    loaded = Effective.load({"fleet": FleetSettings})
    return loaded.with_values({"fleet.apps": names}, origin="test")


def test_all_apps_run_unless_some_are_named() -> None:
    one, other = named("grading"), named("flights")
    assert chosen(wanting(), (one, other)) == (one, other)
    assert chosen(wanting("flights"), (one, other)) == (other,)
    assert chosen(wanting("flights", "grading"), (one, other)) == (one, other)


def test_an_app_that_nobody_knows_is_a_mistake_that_names_those_there_are() -> None:
    with pytest.raises(
        Mistake, match=r"fleet\.apps names 'fligths': there are grading and flights"
    ):
        chosen(wanting("fligths"), (named("grading"), named("flights")))
