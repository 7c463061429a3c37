"""The law of `holdfast fleet`: what a balancer's admin port tells and does, for people, scripts.

It shows the fleet, gives orders about a node, or has the settings read again; an order goes to all
balancers that are named. Exit codes: 0 as wished, 1 not (of the table: a balancer is silent, or
some service has nobody to take new clients), 2 a mistake. Declared in `declaration`.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from holdfast.errors import HoldfastError
from holdfast.platform.balancer.admin_access import addresses_of, parse_address, token_of
from holdfast.platform.balancer.fleet_client import AdminClient, Silent
from holdfast.platform.balancer.fleet_table import table
from holdfast.platform.balancer.fleet_view import FleetState
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

EXIT_UNWELL = 1
MAX_BALANCERS = 16
_CLEAR = "\x1b[H\x1b[J"


def show(given: argparse.Namespace, effective: Effective) -> int:
    """The table, once or again and again."""
    clients = _clients(given, effective)
    if given.watch is None:
        return _draw(clients, as_json=given.json)
    try:
        while True:
            if sys.stdout.isatty():
                print(_CLEAR, end="")
            _draw(clients, as_json=given.json)
            sys.stdout.flush()
            time.sleep(given.watch)
    except KeyboardInterrupt:  # the ordinary way to leave
        return 0


def _draw(clients: Sequence[AdminClient], *, as_json: bool) -> int:
    states: dict[str, FleetState | str] = {}
    for client in clients:
        try:
            states[client.name] = client.fleet()
        except HoldfastError as error:
            states[client.name] = str(error)
    if as_json:
        print(json.dumps({name: _plain(state) for name, state in states.items()}, indent=2))
    else:
        print("\n".join(table(states)))
    well = all(isinstance(state, FleetState) and not state.unserved for state in states.values())
    return 0 if well else EXIT_UNWELL


def _plain(state: FleetState | str) -> dict[str, object]:
    return {"error": state} if isinstance(state, str) else asdict(state)


def drain(given: argparse.Namespace, effective: Effective) -> int:
    """No new clients for a node."""
    done = f"{given.node} takes no new clients; those inside stay"
    return _order(_clients(given, effective), f"/nodes/{given.node}/drain", done)


def undrain(given: argparse.Namespace, effective: Effective) -> int:
    """New clients for a node again."""
    done = f"{given.node} takes new clients again"
    return _order(_clients(given, effective), f"/nodes/{given.node}/undrain", done)


def weigh(given: argparse.Namespace, effective: Effective) -> int:
    """A share of new clients for a node."""
    done = f"{given.node} has the weight {given.weight:g}"
    path = f"/nodes/{given.node}/weight"
    return _order(_clients(given, effective), path, done, {"weight": given.weight})


def _order(
    clients: Sequence[AdminClient], path: str, done: str, said: dict[str, object] | None = None
) -> int:
    """The same order for every balancer; one that fails does not keep the others from it."""
    code = 0
    for client in clients:
        try:
            client.order(path, said)
        except HoldfastError as error:
            print(f"holdfast: {error}", file=sys.stderr)
            code = EXIT_UNWELL
        else:
            print(f"{client.name}: {done}.")
    return code


def reload(given: argparse.Namespace, effective: Effective) -> int:
    """Have the settings read again, and tell what that changed."""
    code = 0
    for client in _clients(given, effective):
        try:
            told = client.order("/reload")
        except HoldfastError as error:
            print(f"holdfast: {error}", file=sys.stderr)
            code = EXIT_UNWELL
            continue
        print(f"{client.name}: changed: {_listed(told.get('applied'))}")
        for key, words in (
            ("needs_restart", "needs a restart of the balancer"),
            ("elsewhere", "is read by other processes when they start"),
        ):
            if told.get(key):
                print(f"{client.name}: {words}: {_listed(told[key])}")
    return code


def _listed(keys: object) -> str:
    return ", ".join(str(key) for key in keys) if isinstance(keys, list) and keys else "nothing"


def _clients(given: argparse.Namespace, effective: Effective) -> list[AdminClient]:
    fleet = effective.section(FleetSettings)
    token = token_of(fleet.data)
    named = getattr(given, "balancer", None) or []
    if not named:
        port = fleet.port(effective.section(BalancerSettings).admin_port)
        found = addresses_of(fleet.data, ("127.0.0.1", port))
        return [AdminClient(address, token) for address in found]
    if len(named) > MAX_BALANCERS:
        raise Silent(f"at most {MAX_BALANCERS} balancers are asked at once")
    return [AdminClient(parse_address(text, "--balancer"), token) for text in named]
