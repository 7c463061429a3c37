"""One machine of three: which plan it keeps, what it runs, and that a cluster begins only once."""

from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.cluster import origin
from holdfast.platform.data.cluster.children import STORE_STAGE
from holdfast.platform.data.cluster.machine import (
    OTHERS_S,
    beginning,
    children_here,
    plan_apart,
)
from holdfast.platform.data.cluster.plan import ClusterPlan
from holdfast.platform.data.cluster.store import StoreSilent
from holdfast.platform.data.settings import DatabaseSettings

MEMBERS = ("m1=192.0.2.2", "m2=192.0.2.3", "m3=192.0.2.4")
SETTINGS = DatabaseSettings(
    members=MEMBERS,
    member="m2",
    passwords_file="/secrets/database.passwords",
    networks=("192.0.2.99/24",),
    fast_failover=True,
)


def plan(data: Path) -> ClusterPlan:
    made = plan_apart(SETTINGS, data)
    made.folder.mkdir()
    return made


def test_members_and_the_named_networks_may_connect_and_nobody_else(tmp_path: Path) -> None:
    made = plan_apart(SETTINGS, tmp_path, port_offset=100)
    assert [member.postgres for member in made.members] == [5600] * 3
    assert made.networks == (
        "127.0.0.1/32",
        "::1/128",
        "192.0.2.2/32",
        "192.0.2.3/32",
        "192.0.2.4/32",
        "192.0.2.0/24",
    )
    assert (made.store, made.fast_failover, made.when_alone) == ("etcd", True, "durable")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"members": MEMBERS[:2]}, r"database\.members: .*3 members"),
        ({"member": "m4"}, r"database\.member must name .* m1, m2, m3"),
        ({"passwords_file": ""}, r"database\.passwords_file"),
        ({"networks": ("everybody",)}, r"database\.networks"),
        ({"archive": "/backup"}, r"database\.archive"),
    ],
)
def test_settings_that_make_no_member_say_why(
    tmp_path: Path, wrong: dict[str, object], why: str
) -> None:
    with pytest.raises(Mistake, match=why):
        plan_apart(replace(SETTINGS, **wrong), tmp_path)  # type: ignore[arg-type]


def test_a_machine_runs_its_own_store_and_member_and_waits_for_the_others(tmp_path: Path) -> None:
    store, member = children_here(plan(tmp_path), "m2", "text")
    assert (store.name, member.name) == ("store-m2", "database-m2")
    assert store.stage == STORE_STAGE < member.stage
    assert store.ready_s == member.ready_s == OTHERS_S


async def test_the_first_member_makes_the_data_where_nobody_has_it(tmp_path: Path) -> None:
    made = plan(tmp_path)
    await beginning(made, "m1", lambda: False)
    assert not origin.is_finished(made)


async def test_the_first_member_with_an_empty_folder_copies_what_the_others_have(
    tmp_path: Path,
) -> None:
    made = plan(tmp_path)
    answers = iter([StoreSilent("no majority"), True])

    def asked() -> bool:
        answer = next(answers)
        if isinstance(answer, StoreSilent):
            raise answer
        return answer

    await beginning(made, "m1", asked, pause_s=0)
    assert origin.is_finished(made)
    assert not origin.has_data(made, made.first)


async def test_who_never_makes_data_does_not_ask(tmp_path: Path) -> None:
    made = plan(tmp_path)

    def asked() -> bool:
        raise AssertionError

    await beginning(made, "m2", asked)
    origin.finish_elsewhere(made)
    await beginning(made, "m1", asked)
