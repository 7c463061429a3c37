"""The world's facts are there: airports, areas, airlines, aircraft, countries."""

from holdfast.flights.domain.place import Airport
from holdfast.flights.domain.suggestions import Suggestions
from holdfast.flights.store.reference import atlas

ATLAS = atlas()


def test_everything_is_there_in_numbers() -> None:
    assert len(ATLAS.airports) > 7000
    assert len(ATLAS.cities) > 30
    assert len(ATLAS.airlines) >= 250
    assert len(ATLAS.aircraft) >= 100


def test_an_airport_has_all_its_facts() -> None:
    heathrow = ATLAS.airports["LHR"]
    assert heathrow.icao == "EGLL"
    assert heathrow.city_name == "London"
    assert heathrow.city_code == "LON"
    assert heathrow.time_zone == "Europe/London"
    assert (round(heathrow.latitude), round(heathrow.longitude)) == (51, 0)
    assert heathrow.id == "arp_lhr_gb"


def test_codes_have_the_form_of_codes() -> None:
    assert all(len(code) == 3 and code == code.upper() for code in ATLAS.airports)
    assert all(len(one.icao) in (0, 4) for one in ATLAS.airports.values())
    assert all(len(one.iata) == 2 and len(one.icao) in (0, 3) for one in ATLAS.airlines.values())
    assert all(len(code) == 3 for code in ATLAS.aircraft)


def test_every_airport_lies_in_a_country_with_a_name() -> None:
    countries = {airport.country for airport in ATLAS.airports.values()}
    assert countries - ATLAS.countries.keys() == set()


def test_every_area_has_airports_that_exist() -> None:
    for city in ATLAS.cities.values():
        assert city.airports
        assert set(city.airports) <= ATLAS.airports.keys()


def test_known_codes_mean_what_everybody_thinks() -> None:
    assert ATLAS.airports_of("LON") == ("LCY", "LGW", "LHR", "LTN", "STN")
    assert ATLAS.airline("LH").name == "Lufthansa"
    aircraft = ATLAS.aircraft_of("AT7")
    assert aircraft is not None
    assert aircraft.engine == "turboprop"
    first = Suggestions.of(ATLAS).matching("heathrow")[0]
    assert isinstance(first, Airport)
    assert first.iata == "LHR"


def test_it_is_read_once() -> None:
    assert atlas() is ATLAS
