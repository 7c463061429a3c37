"""The law of the tasks that ask the API: arguments and settings become questions at the desk."""

import argparse
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from holdfast.errors import Mistake
from holdfast.flights.wiring.settings import DEMO_TOKEN, FlightsSettings, api_url, in_data
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.secrets import read_key
from holdfast.platform.runtime.settings import FleetSettings

if TYPE_CHECKING:
    from holdfast.flights.entrypoints.desk.api import Api
    from holdfast.flights.entrypoints.desk.booking import Person


def search(given: argparse.Namespace, effective: Effective) -> int:
    """`flights search`."""
    from holdfast.flights.entrypoints.desk import searching
    from holdfast.flights.entrypoints.desk.wish import wish_of

    api, wish = _api(given, effective), wish_of(given)
    if given.json:
        return _print_json(searching.search(api, wish))
    return searching.show_offers(api, wish)


def status(given: argparse.Namespace, effective: Effective) -> int:
    """`flights status`."""
    from holdfast.flights.entrypoints.desk.looking import flight_status, show_status

    found = flight_status(_api(given, effective), given.flight, given.date)
    if given.json:
        return _print_json(found)
    show_status(found)
    return 0


def book(given: argparse.Namespace, effective: Effective) -> int:
    """`flights book`."""
    from holdfast.flights.entrypoints.desk import booking

    wish = booking.Booking(
        offer_id=given.offer,
        people=tuple(map(person_of, given.passenger)),
        seats=tuple(given.seat),
        hold=given.hold,
    )
    made = booking.book(_api(given, effective), wish, datetime.now(UTC).date())
    if given.json:
        return _print_json(made)
    booking.show_order(made)
    return 0


def order(given: argparse.Namespace, effective: Effective) -> int:
    """`flights order`."""
    from holdfast.flights.entrypoints.desk import booking

    found = _api(given, effective).data(f"/air/orders/{id_of(given.order)}")
    if given.json:
        return _print_json(found)
    booking.show_order(found)
    return 0


def pay(given: argparse.Namespace, effective: Effective) -> int:
    """`flights pay`."""
    from holdfast.flights.entrypoints.desk import booking

    paid = booking.pay(_api(given, effective), id_of(given.order))
    if given.json:
        return _print_json(paid)
    print(f"paid {paid['amount']} {paid['currency']}, {paid['id']}")
    return 0


def reprice(given: argparse.Namespace, effective: Effective) -> int:
    """`flights reprice`."""
    from holdfast.flights.entrypoints.desk import booking

    found = booking.reprice(_api(given, effective), id_of(given.order))
    if given.json:
        return _print_json(found)
    booking.show_order(found)
    return 0


def cancel(given: argparse.Namespace, effective: Effective) -> int:
    """`flights cancel`."""
    from holdfast.flights.entrypoints.desk import booking

    quote = booking.cancel(_api(given, effective), id_of(given.order), only_quote=given.quote)
    if given.json:
        return _print_json(quote)
    booking.show_cancellation(quote)
    return 0


def audit(given: argparse.Namespace, effective: Effective) -> int:
    """`flights audit`: exit code 1 when an assertion does not hold."""
    from holdfast.flights.entrypoints.desk import operating

    report = operating.audit(_api(given, effective))
    if given.json:
        _print_json(report)
    else:
        operating.show_audit(report)
    return operating.exit_code(report)


def feeds(given: argparse.Namespace, effective: Effective) -> int:
    """`flights feeds`."""
    from holdfast.flights.entrypoints.desk import operating

    found = operating.feeds(_api(given, effective), given.airline)
    if given.json:
        return _print_json(found)
    operating.show_feeds(found)
    return 0


def deliver(given: argparse.Namespace, effective: Effective) -> int:
    """`flights deliver`: exit code 1 when a file does not count now."""
    from holdfast.flights.entrypoints.desk import delivering

    files = [delivering.feed_file(path) for path in given.files]
    api = _api(given, effective)
    outcomes = []
    for file in files:
        outcomes.append(delivering.deliver(api, file))
        if not given.json:
            delivering.show_delivery(file, outcomes[-1])
    if given.json:
        _print_json(outcomes)
    return 0 if all(map(delivering.counts, outcomes)) else 1


def approve(given: argparse.Namespace, effective: Effective) -> int:
    """`flights approve`."""
    from holdfast.flights.entrypoints.desk import operating

    api = _api(given, effective)
    is_price = given.what == "price"
    if given.number is None:
        waiting = operating.stopped_prices(api) if is_price else operating.held_files(api)
        if given.json:
            return _print_json(waiting)
        (operating.show_stopped_prices if is_price else operating.show_held_files)(waiting)
        return 0
    decide = operating.decide_price if is_price else operating.decide_file
    done = decide(api, given.number, refuse=given.refuse)
    if given.json:
        return _print_json(done)
    print(f"{given.what} {given.number} is {'dropped' if given.refuse else 'taken in'}")
    return 0


def token_of(given: argparse.Namespace, effective: Effective) -> str:
    """The token that was given, or this machine's own, or the demo's."""
    if given.token:
        return str(given.token)
    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    with suppress(FileNotFoundError):
        return read_key(in_data(settings.token_file, fleet, "flights.token")).decode("ascii")
    return DEMO_TOKEN


def _api(given: argparse.Namespace, effective: Effective) -> "Api":
    from holdfast.flights.entrypoints.desk.api import Api

    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    return Api(api_url(settings, fleet), token_of(given, effective))


def person_of(text: str) -> "Person":
    """`Mira,Ceti,1990-05-17,f`; birthday and gender may be left out."""
    from holdfast.flights.entrypoints.desk.booking import Person

    match [part.strip() for part in text.split(",")]:
        case [first, last]:
            return Person(first, last, date(1990, 5, 17))
        case [first, last, born]:
            return Person(first, last, _day(born))
        case [first, last, born, ("m" | "f") as gender]:
            return Person(first, last, _day(born), gender)
        case _:
            raise Mistake(f"--passenger {text!r} must be GIVEN,FAMILY[,BORN[,m|f]].")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Mistake(f"{text!r} is no date like 1990-05-17.") from None


def id_of(text: str) -> str:
    """An id that goes into a path."""
    if not (text.isascii() and text.replace("_", "").isalnum()):
        raise Mistake(f"{text!r} is no id.")
    return text


def _print_json(found: object) -> int:
    print(json.dumps(found, indent=2, ensure_ascii=False))
    return 0


TASKS: Mapping[str, Callable[[argparse.Namespace, Effective], int]] = {
    "search": search,
    "status": status,
    "book": book,
    "order": order,
    "pay": pay,
    "reprice": reprice,
    "cancel": cancel,
    "audit": audit,
    "feeds": feeds,
    "deliver": deliver,
    "approve": approve,
}
