"""etcd is asked through whichever member answers, and changed only if nothing else has changed."""

import base64
import json
from typing import Any

import pytest

from holdfast.platform.data.cluster.plan import member_at
from holdfast.platform.data.cluster.silence import Term
from holdfast.platform.data.cluster.store import Store, StoreSilent, View, is_serving
from tests.support.answers import answers

NOBODY = member_at("m9", "127.0.0.1", 1)
"""Ports that nobody listens on."""


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def kv(key: str, value: str, created: int, changed: int) -> dict[str, str]:
    return {
        "key": b64(key),
        "value": b64(value),
        "create_revision": str(created),
        "mod_revision": str(changed),
    }


def look(*found: list[dict[str, str]]) -> dict[str, Any]:
    return {"responses": [{"response_range": {"kvs": kvs} if kvs else {}} for kvs in found]}


SAYS = '{"leader": "m1", "at": 5}'
FULL = look(
    [{**kv("/service/h/leader", "m1", 5, 9), "lease": "77"}],
    [kv("/service/h/sync", '{"leader": "m1", "sync_standby": "m2"}', 2, 8)],
    [
        kv("/holdfast/h/silence/m2", SAYS, 10, 11),
        kv("/holdfast/h/silence/m3", '{"leader": "m1", "at": 4}', 10, 12),
        kv("/holdfast/h/silence/m4", "rubbish", 10, 13),
    ],
)


def test_a_look_sees_the_term_and_what_is_said_about_it() -> None:
    with answers(lambda *_: (200, FULL)) as heard:
        view = Store((heard.member(),), "h").view()
    assert view == View(
        Term("m1", 5), has_synchronous=True, sync_revision=8, statements={"m2": 11}, lease="77"
    )


def test_without_leader_or_replica_nothing_is_known() -> None:
    with answers(lambda *_: (200, look([], [kv("s", "{}", 1, 1)], []))) as heard:
        view = Store((heard.member(),), "h").view()
    assert (view.term, view.has_synchronous, dict(view.statements)) == (None, False, {})
    with answers(lambda *_: (200, look([], [], []))) as heard:
        assert Store((heard.member(),), "h").view().sync_revision == 0


@pytest.mark.parametrize("begun", [True, False])
def test_the_store_knows_whether_the_cluster_has_data(begun: bool) -> None:
    found = {"kvs": [kv("/service/h/initialize", "7", 1, 1)]} if begun else {}
    with answers(lambda *_: (200, found)) as heard:
        assert Store((heard.member(),), "h").has_begun() is begun
    [(_, path, body, _)] = heard.asked
    assert path == "/v3/kv/range"
    assert base64.b64decode(body["key"]) == b"/service/h/initialize"
    with pytest.raises(StoreSilent):
        Store((NOBODY,), "h").has_begun()


def test_a_statement_expires_with_its_lease() -> None:
    def answer(_: str, path: str, body: Any) -> tuple[int, object]:
        return 200, {"ID": "77"} if path == "/v3/lease/grant" else {}

    with answers(answer) as heard:
        Store((heard.member(),), "h").state("m2", Term("m1", 5))
    (_, _, lease, _), (_, path, put, _) = heard.asked
    assert lease["TTL"] > 0
    assert path == "/v3/kv/put"
    assert put["lease"] == "77"
    assert base64.b64decode(put["key"]) == b"/holdfast/h/silence/m2"
    assert json.loads(base64.b64decode(put["value"])) == {"leader": "m1", "at": 5}


@pytest.mark.parametrize("succeeds", [True, False])
def test_key_and_lease_are_removed_only_if_nothing_has_changed(succeeds: bool) -> None:
    view = View(
        Term("m1", 5),
        has_synchronous=True,
        sync_revision=8,
        statements={"m2": 11, "m3": 12},
        lease="77",
    )
    said = {"succeeded": True} if succeeds else {}
    with answers(lambda *_: (200, said)) as heard:
        assert Store((heard.member(),), "h").remove_leader(view, ["m2", "m3"]) is succeeds
    body = heard.asked[0][2]
    targets = [(one["target"], base64.b64decode(one["key"]).decode()) for one in body["compare"]]
    assert targets == [
        ("VALUE", "/service/h/leader"),
        ("CREATE", "/service/h/leader"),
        ("MOD", "/service/h/sync"),
        ("MOD", "/holdfast/h/silence/m2"),
        ("MOD", "/holdfast/h/silence/m3"),
    ]
    assert [one.get("mod_revision") for one in body["compare"]] == [None, None, "8", "11", "12"]
    assert body["success"] == [{"requestDeleteRange": {"key": b64("/service/h/leader")}}]
    ended = [(path, body) for _, path, body, _ in heard.asked[1:]]
    assert ended == ([("/v3/lease/revoke", {"ID": "77"})] if succeeds else [])


def test_the_next_member_is_asked_when_one_is_silent_or_has_no_majority() -> None:
    lonely = {"error": "etcdserver: request timed out", "code": 14}
    with answers(lambda *_: (503, lonely)) as alone, answers(lambda *_: (200, FULL)) as heard:
        members = (NOBODY, alone.member("m2"), heard.member("m3"))
        assert Store(members, "h").view().sync_revision == 8
        assert len(alone.asked) == 1
        with pytest.raises(StoreSilent):
            Store(members[:2], "h").view()


def test_a_store_serves_when_it_has_a_majority() -> None:
    for said, serves in (({"health": "true"}, True), ({"health": "false"}, False), ([], False)):
        with answers(lambda *_, said=said: (200, said)) as heard:
            assert is_serving(heard.member()) is serves
    assert not is_serving(NOBODY)
