"""The airlines of the demo world: invented, named after stars; only the places are real.

Their codes are ones that no airline is known by (`ZZ` is what test systems of the trade use). A
spoke is written as the stations that its flight calls at after the hub: `SIN-SYD` flies on.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Airline:
    """An airline: where it is at home, and where it flies to, the most important first."""

    code: str
    name: str
    hub: str
    spokes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aircraft:
    """A type (IATA code), its configuration and for what distances (km) it is taken."""

    type: str
    configuration: str
    up_to_km: int
    speed_kmh: int


FLEET = (
    Aircraft("E90", "C008Y092", 900, 740),
    Aircraft("320", "C012Y156", 2_200, 770),
    Aircraft("32N", "C012Y162", 4_200, 790),
    Aircraft("321", "C016Y174", 5_400, 790),
    Aircraft("333", "C030W021Y220", 8_400, 860),
    Aircraft("789", "C030W028Y188", 11_000, 880),
    Aircraft("359", "C036W024Y224", 20_100, 880),
)
"""By distance, the nearest first; the last reaches every place on earth."""


def _airline(code: str, name: str, hub: str, spokes: str) -> Airline:
    return Airline(code, name, hub, tuple(spokes.split()))


AIRLINES = (
    _airline("ZZ", "Holdfast Airways", "FRA", "LHR LIS JFK VIE CDG MAD HEL SIN ORD ATH FCO WAW"),
    _airline("0S", "Sirius Airways", "LHR", "FRA CDG JFK DUB MAD LIS BOS DXB ZRH CPH NCE HKG EDI"),
    _airline("0C", "Capella Air", "CDG", "LHR FRA YUL FCO BCN LIS ATL NCE AMS GRU CMN VIE"),
    _airline("0P", "Polaris Air Lines", "JFK", "LHR LAX FRA ORD MIA CDG SFO BOS SEA DUB YYZ GRU"),
    _airline("0M", "Mira Air", "LIS", "FRA LHR FNC GRU OPO MAD EWR CDG CMN ZRH BOS DSS"),
    _airline("0R", "Rigel Airways", "DXB", "LHR SIN-SYD FRA BOM CDG DEL BKK JFK NBO CPT HKG IST"),
    _airline("0A", "Altair Airways", "AMS", "LHR FRA CPH JFK BCN OSL CDG PRG SIN ARN"),
    _airline("0G", "Regulus Air", "MAD", "LHR BCN EZE FRA LIS BOG MEX PMI CDG SCL"),
    _airline("0F", "Fomalhaut Air", "ZRH", "LHR FRA JFK VIE GVA BCN FCO BOM HKG AMS"),
    _airline("0N", "Deneb Airlines", "IST", "FRA LHR ATH CAI JFK ESB TLV DXB BKK NBO"),
    _airline("0X", "Pollux Air", "VIE", "FRA LHR CDG WAW OTP ZRH FCO ATH BKK EWR"),
    _airline("0K", "Canopus Air", "HEL", "LHR ARN FRA HND OSL CPH RIX JFK BKK CDG"),
    _airline("0U", "Arcturus Air", "ORD", "LHR DEN FRA SFO BOS LAX YYZ SEA HND MIA"),
    _airline("0Q", "Aldebaran Air Lines", "ATL", "MIA LHR LAX DFW CDG BOG JFK DEN GRU AMS"),
    _airline("0W", "Vega Airways", "SIN", "BKK HKG SYD LHR KUL HND DEL FRA PER CGK"),
    _airline("0H", "Achernar Air", "HKG", "SIN HND ICN LHR BKK SYD TPE LAX DEL FRA"),
    _airline("0Y", "Procyon Air Lines", "HND", "CTS FUK ICN LAX LHR TPE HKG SIN FRA SFO"),
    _airline("0I", "Mimosa Airways", "SYD", "MEL BNE AKL SIN LAX PER HND HKG"),
    _airline("0Z", "Zaurak Airways", "DOH", "LHR BOM FRA CDG SIN JFK NBO BKK MEL IST"),
    _airline("0E", "Bellatrix", "GRU", "GIG BSB EZE SCL MIA LIS MAD BOG FRA LHR"),
    _airline("0T", "Antares Air", "YYZ", "YUL YVR LHR LAX FRA MIA JFK YYC CDG"),
    _airline("0L", "Castor Air", "CPH", "LHR OSL ARN FRA HEL CDG AMS EWR ATH BKK"),
)
MAX_AIRLINES = len(AIRLINES)
TWICE_SURE = frozenset({"FRA", "LHR"})
"""Between these two every airline that flies there does so every day, several times."""


def fleet_for(distance_km: float) -> Aircraft:
    """The aircraft that is taken for a distance."""
    return next(each for each in FLEET if distance_km <= each.up_to_km)


def stations(airlines: int, spokes: int) -> frozenset[str]:
    """Every place that the first so many airlines call at on their first so many spokes."""
    found = set()
    for airline in AIRLINES[:airlines]:
        found.add(airline.hub)
        for spoke in airline.spokes[:spokes]:
            found |= set(spoke.split("-"))
    return frozenset(found)
