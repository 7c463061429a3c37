"""The law of the `[flights]` section: how flights' processes are run, and by which numbers they
promise. How often who may ask is `[http]`, where airlines' files come from `[ingest]`."""

from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import Literal

from holdfast.flights.domain.owners import SHOP
from holdfast.platform.runtime.alternatives import addresses
from holdfast.platform.runtime.setting import setting
from holdfast.platform.runtime.settings import FleetSettings

API_PORT = 8100
"""Where clients find the API; the other three are for flights' own processes."""
BOOKING_PORT = 8101
SEATS_PORT = 8102
INGEST_PORT = 8103
TRAVEL_PORT = 8300
"""Where people find the pages with a browser."""
MAX_COPIES = 64
TRAVEL = SHOP
"""The owner of the pages' own token: whoever comes to the pages without an account."""
DEMO_TOKEN = "duffel_test_demo"
"""Known to everybody, so it works on demo data alone."""


@dataclass(frozen=True, slots=True)
class FlightsSettings:
    """Keys of `[flights]`."""

    search: int = setting(
        1, "Search processes that `holdfast up` runs.", minimum=1, maximum=MAX_COPIES
    )
    booking: int = setting(
        1, "Booking processes that `holdfast up` runs.", minimum=1, maximum=MAX_COPIES
    )
    seats: int = setting(
        1, "Seat processes that `holdfast up` runs.", minimum=1, maximum=MAX_COPIES
    )
    ingest: int = setting(
        1, "Ingest processes that `holdfast up` runs.", minimum=1, maximum=MAX_COPIES
    )
    pages: int = setting(
        1, "Pages processes that `holdfast up` runs.", minimum=1, maximum=MAX_COPIES
    )
    host: str = setting("127.0.0.1", "Address that flights' processes listen on.")
    api_url: str = setting(
        "",
        "Where commands and pages reach the API; several by commas, the nearest first; empty: this"
        " machine's balancer.",
    )
    internal_url: str = setting(
        "",
        "Where the search process reaches booking, seats and ingest, without the port; several by"
        " commas, the nearest first; empty: this machine's balancer.",
    )
    token_file: str = setting(
        "", "Token of this machine's commands; empty: flights.token in the data folder."
    )
    pages_token_file: str = setting(
        "", "Token of the pages for the API; empty: flights-pages.token in the data folder."
    )
    page_cache_s: float = setting(
        5.0,
        "A page that all strangers see alike is made anew after so long; 0: always.",
        minimum=0.0,
        maximum=60.0,
    )
    page_cache_mb: int = setting(
        16, "Such pages take so much memory at most.", minimum=1, maximum=1024
    )
    signing_key_file: str = setting(
        "", "Key of signed tokens; empty: flights.key in the data folder."
    )
    people_key_file: str = setting(
        "",
        "Key with which the pages tell the API who has logged in; empty: flights-people.key in the"
        " data folder.",
    )
    public_url: str = setting(
        "",
        "Where browsers reach the pages, like https://travel.example; with https, sessions go by"
        " nothing else.",
    )
    demo: bool = setting(
        True, "Sell an invented world, with the token duffel_test_demo, in an empty database."
    )
    demo_airlines: int = setting(6, "Airlines of the invented world.", minimum=2, maximum=22)
    demo_routes: int = setting(5, "Routes of each of its airlines.", minimum=3, maximum=12)
    demo_seed: int = setting(1, "Another seed is another world.")
    demo_every_s: float = setting(
        300.0, "How often its airlines tell of their flights; prices change hourly.", minimum=1.0
    )
    lock_s: float = setting(
        1_800.0, "How long an offer's price holds.", minimum=900.0, maximum=86_400.0
    )
    lease_s: float = setting(
        3_600.0,
        "Whoever saw a price sees no higher one for so long; at least an offer's time.",
        minimum=900.0,
        maximum=86_400.0,
    )
    dwell_s: float = setting(
        3_600.0,
        "A price rests so long before it rises; longer than an offer's time, best the time between"
        " two deliveries of fares, and the same for all processes.",
        minimum=900.0,
        maximum=604_800.0,
    )
    webhooks_to: Literal["auto", "public", "anywhere"] = setting(
        "auto",
        "Where webhooks may go: public addresses only, or anywhere; auto: anywhere while the"
        " public ports are on loopback.",
    )

    holds_per_owner: int = setting(
        100,
        "Orders that the owner of a token may hold unpaid at a time; 0: any number. An agency works"
        " with some dozens; a program could hold every seat.",
        minimum=0,
        maximum=1_000_000,
    )
    holds_per_person: int = setting(
        4,
        "Orders that one traveller may hold unpaid at a time on the pages: a trip to think about,"
        " and its alternatives; 0: any number.",
        minimum=0,
        maximum=1_000_000,
    )
    holds_per_network: int = setting(
        20,
        "Orders that travellers without an account may hold unpaid at a time from one address (or"
        " IPv6 /64), whatever browsers they say they are; 0: any number.",
        minimum=0,
        maximum=1_000_000,
    )

    def __post_init__(self) -> None:
        if self.lease_s < self.lock_s:
            raise ValueError("flights.lease_s must not be shorter than flights.lock_s")
        if self.dwell_s <= self.lock_s:
            raise ValueError("flights.dwell_s must be longer than flights.lock_s")


def api_url(settings: FlightsSettings, fleet: FleetSettings) -> str:
    """Where commands of this machine reach the API: the nearest place."""
    return api_urls(settings, fleet)[0]


def api_urls(settings: FlightsSettings, fleet: FleetSettings) -> tuple[str, ...]:
    """Where pages of this machine reach the API: at least one place."""
    usual = f"http://{_shown(fleet)}:{fleet.port(API_PORT)}"
    return addresses(settings.api_url) or (usual,)


def travel_url(fleet: FleetSettings) -> str:
    """Where people reach the pages."""
    return f"http://{_shown(fleet)}:{fleet.port(TRAVEL_PORT)}/"


def pages_token_file(settings: FlightsSettings, fleet: FleetSettings) -> Path:
    """Where the pages' own token is."""
    return in_data(settings.pages_token_file, fleet, "flights-pages.token")


def people_key_file(settings: FlightsSettings, fleet: FleetSettings) -> Path:
    """Where the key of persons' tokens is."""
    return in_data(settings.people_key_file, fleet, "flights-people.key")


def internal_urls(settings: FlightsSettings, fleet: FleetSettings, port: int) -> tuple[str, ...]:
    """Where the processes behind one of the internal ports are reached: at least one place."""
    places = addresses(settings.internal_url) or (f"http://{_shown(fleet)}",)
    return tuple(f"{place}:{fleet.port(port)}" for place in places)


def reachable(host: str) -> str:
    """An address to connect to, for one that is listened on."""
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104


def process_name(fleet: FleetSettings, kind: str) -> str:
    """What this process is called in logs and heartbeats."""
    return fleet.process_name or f"{kind}-{gethostname()}"[:60]


def in_data(named: str, fleet: FleetSettings, usual: str) -> Path:
    """The file that a setting names, or else the usual one in the data folder."""
    return Path(named) if named else fleet.data / usual


def _shown(fleet: FleetSettings) -> str:
    host = reachable(fleet.host)
    return f"[{host}]" if ":" in host else host
