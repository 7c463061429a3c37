"""A declaration says everything of its operation, before and after it is served."""

from dataclasses import replace

import pytest

from holdfast.flights.entrypoints.http.access import NOBODY
from holdfast.flights.entrypoints.http.faults import ApiFault
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import PAGING, flag, in_path
from tests.flights.entrypoints.http.site import ManualClock
from tests.flights.entrypoints.http.test_asked import asked
from tests.flights.entrypoints.http.things import Thing

DECLARED = Operation(
    "GET", "/a/{id}/b/{n}", "s", elsewhere, Thing, parameters=(flag("f"), in_path("n", "N."))
)


def call(operation: Operation = DECLARED, **path: str) -> Call:
    values = {"limit": 5, "after": None, "before": None, "f": True}
    return Call(asked(), operation, NOBODY, "v2", ManualClock(), path, values)


def test_the_parameters_of_the_path_need_no_declaration() -> None:
    assert [(one.name, one.about) for one in DECLARED.path_parameters] == [("id", ""), ("n", "N.")]


def test_paging_adds_its_parameters() -> None:
    assert [one.name for one in DECLARED.query] == ["f"]
    assert replace(DECLARED, paged=True).query[1:] == PAGING


async def test_a_declaration_is_served_by_a_handler_or_elsewhere() -> None:
    async def here(_: Call) -> str:
        return "here"

    assert await DECLARED.by(here).handle(call()) == "here"
    with pytest.raises(ApiFault, match="Another process"):
        await DECLARED.handle(call())


def test_only_what_may_change_something_writes() -> None:
    assert not DECLARED.writes
    assert replace(DECLARED, method="PATCH").writes


def test_an_id_in_the_path_must_be_one_and_of_the_kind() -> None:
    assert call(id="ord_1").path_id(prefix="ord_") == "ord_1"
    for given in ("off_1", "ord 1", "ord_" + "x" * 61):
        with pytest.raises(ApiFault) as caught:
            call(id=given).path_id(prefix="ord_")
        assert caught.value.status == 404


def test_an_answer_to_be_stored_is_what_would_be_sent() -> None:
    thing = Thing("thi_1", 2)
    assert call().answer(thing).body == b'{"data":{"id":"thi_1","size":2}}'
    assert call().answer(thing, 202).status == 202
    bare = call(replace(DECLARED, envelope=False, status=201)).answer(thing)
    assert (bare.status, bare.body) == (201, b'{"id":"thi_1","size":2}')


def test_a_call_has_its_requests_id() -> None:
    one = call()
    assert one.request_id == one.asked.request_id
    assert one.request is one.asked.request
