"""The schema says what the decoder does."""

from holdfast.flights.wire.fares_records import RECORDS, fares_schema


def test_the_schema_has_every_kind_of_record_and_every_field() -> None:
    schema = fares_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    definitions = schema["$defs"]
    assert set(definitions) == {kind.__name__ for kind in RECORDS}
    for kind in RECORDS:
        fields = set(definitions[kind.__name__]["properties"])
        assert fields == {"kind", *kind.__struct_encode_fields__}
        assert definitions[kind.__name__]["additionalProperties"] is False


def test_the_schema_has_the_patterns_of_codes() -> None:
    fare = fares_schema()["$defs"]["Fare"]
    assert fare["properties"]["board"]["pattern"] == "^[A-Z]{3}$"
    assert fare["properties"]["basis"]["pattern"] == "^[A-Z0-9/]{1,15}$"
    assert "total" not in fare["required"]
