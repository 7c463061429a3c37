"""Batches of calls: answered in order, each apart, by nobody but nodes."""

import asyncio

import httpx
import pytest

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import Incident, Receipt
from holdfast.grading.domain.roster import Known, Source, UnknownUser, User, UserId
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.results_api import internal
from holdfast.grading.entrypoints.results_api.internal import Internal
from holdfast.grading.service.ledger_calls import (
    BATCH_PATH,
    MAX_BATCH_BYTES,
    Close,
    Identify,
    Open,
    Outcome,
    Report,
    encode_call,
    join_calls,
    split_answers,
)
from holdfast.grading.service.ports import Refused
from tests.grading.store.contract import ANNA, HOME, closed, opened
from tests.support.results_site import SERVICE, Site, results_site


@pytest.fixture
def node(site: Site) -> httpx.AsyncClient:
    return site.client(SERVICE)


async def send(node: httpx.AsyncClient, *calls: bytes) -> list[Outcome]:
    answer = await node.post(BATCH_PATH, content=join_calls(calls))
    assert answer.status_code == 200
    return split_answers(answer.content, len(calls))


async def test_calls_are_answered_in_order_and_apart(node: httpx.AsyncClient) -> None:
    opening, stranger = opened(), opened(UserId(4321))
    outcomes = await send(
        node,
        encode_call(Identify(ANNA, HOME)),
        encode_call(Open(stranger)),
        b"\x03",
        encode_call(Close(closed(opening))),
        encode_call(Identify(99_999, HOME)),
    )
    assert outcomes[0] == Known(User(ANNA, "Anna"))
    assert isinstance(outcomes[1], Refused)
    assert isinstance(outcomes[2], Refused)
    assert outcomes[3] == Receipt(opening.id, Verdict.PASS, best=True)
    assert outcomes[4] == UnknownUser(99_999)


async def test_an_empty_batch_is_answered(node: httpx.AsyncClient) -> None:
    assert await send(node) == []


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\xc1", b"{}", b"\x91\xc1"])
async def test_what_is_no_batch_is_400(node: httpx.AsyncClient, body: bytes) -> None:
    answer = await node.post(BATCH_PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["what"]


async def test_a_batch_that_is_too_long_is_413(node: httpx.AsyncClient) -> None:
    answer = await node.post(BATCH_PATH, content=bytes(MAX_BATCH_BYTES + 1))
    assert answer.status_code == 413


class Failing:
    """A ledger whose `identify` fails as it is told, or never ends."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def identify(self, uid: int, source: Source) -> None:
        if self._error is None:
            await asyncio.Event().wait()
        assert self._error is not None
        raise self._error

    async def practice(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DefiniteError("not now"), DefiniteError),
        (IndefiniteError("perhaps"), IndefiniteError),
        (Refused("no"), Refused),
        (ZeroDivisionError("secret detail"), IndefiniteError),
        (None, IndefiniteError),
    ],
)
async def test_a_failure_of_the_store_is_the_answer_of_its_call(
    error: Exception | None, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(internal, "CALL_S", 0.01)
    ledger = Failing(error)
    assert type(Internal(ledger).ledger) is Failing  # type: ignore[arg-type]
    async with results_site(ledger=ledger) as site:  # type: ignore[arg-type]
        [outcome] = await send(site.client(SERVICE), encode_call(Identify(1, HOME)))
    assert type(outcome) is kind
    assert "secret" not in str(outcome)


async def test_whose_results_changed_is_told_and_nothing_else_is(
    site: Site, node: httpx.AsyncClient
) -> None:
    opening, editions = opened(), site.hub.editions
    before = editions.of_student(ANNA)
    await send(node, encode_call(Identify(ANNA, HOME)))
    assert editions.of_student(ANNA) == before
    await send(node, encode_call(Open(opening)))
    after_opening = editions.of_student(ANNA)
    assert after_opening > before
    incident = Incident(opening.started_at, "kind", "detail", HOME, "n1", 4444, uid=ANNA)
    await send(node, encode_call(Report(incident)))
    after_report = editions.of_student(ANNA)
    assert after_report > after_opening
    await send(node, encode_call(Close(closed(opening))))
    assert editions.of_student(ANNA) > after_report
