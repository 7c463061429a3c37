"""Each kind of process has its service, its runner and a place behind the balancer."""

import pytest

from holdfast.errors import Mistake
from holdfast.flights.wiring.kinds import SERVICES
from holdfast.flights.wiring.processes import PATIENCE, RUNS, endpoint, patient
from holdfast.platform.data.settings import DatabaseSettings
from tests.flights.wiring.settings import effective


def test_every_kind_has_its_runner() -> None:
    assert RUNS.keys() == SERVICES.keys()


def test_ingest_waits_longer_for_its_database_and_never_less_long() -> None:
    usual = patient(effective({"database.lock_s": 90.0})).section(DatabaseSettings)
    assert usual.statement_s == PATIENCE["statement_s"]
    assert usual.idle_in_transaction_s == PATIENCE["idle_in_transaction_s"]
    assert usual.lock_s == 90.0


def test_a_balancers_address_is_host_and_port() -> None:
    assert endpoint("192.0.2.1:8081") == ("192.0.2.1", 8081)
    assert endpoint("[::1]:8081") == ("::1", 8081)


@pytest.mark.parametrize("wrong", ["", "8081", "host:", ":8081", "host:0", "host:x", "host:99999"])
def test_a_wrong_balancer_address_is_named(wrong: str) -> None:
    with pytest.raises(Mistake, match="host:port"):
        endpoint(wrong)
