"""The examples of docs/reference/fares-feed.md mean what the page says."""

import re
from pathlib import Path

from holdfast.flights.domain.fare import Cabin, PassengerType, Price
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.wire.fares import MAX_FAULTS, MAX_LINE_BYTES, MAX_RECORDS, read_fares
from holdfast.flights.wire.fares_forms import Form
from holdfast.flights.wire.fares_records import RECORDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "fares-feed.md").read_text("utf-8")


def example(form: Form) -> FaresLoad:
    found = re.search(f"```{form}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    load = read_fares([found[1].encode()], form, airline="ZZ", full=True, sequence=412)
    assert isinstance(load, FaresLoad), load
    assert load.faults == []
    return load


def test_the_example_in_json_lines() -> None:
    load = example("jsonl")
    flex, light = load.fares
    assert flex.price == Price(45000, 12035)
    assert (flex.terms.change_penalty, flex.terms.refund_penalty) == (0, None)
    assert light.key.number is None
    assert light.key.passenger_type is PassengerType.CHILD
    assert light.key.period.days == 0b11111
    assert load.limits[0].limits == (("Y", 180), ("M", 120), ("K", 40))
    assert load.tiers[0].disclosures == ("I am able and willing to help.",)


def test_the_example_in_csv_says_the_same() -> None:
    load, long = example("csv"), example("jsonl")
    assert load.fares[0].key == long.fares[0].key
    assert load.fares[0].key.cabin is Cabin.ECONOMY
    assert load.limits[0].limits == long.limits[0].limits


def test_the_page_has_every_kind_of_record_and_the_limits() -> None:
    for kind in RECORDS:
        assert f'"kind":"{kind.__struct_config__.tag}"' in PAGE
    for limit in (MAX_LINE_BYTES, MAX_RECORDS, MAX_FAULTS):
        assert f"{limit:,}" in PAGE
