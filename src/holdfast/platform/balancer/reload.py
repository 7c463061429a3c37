"""Reading the settings again while the balancer runs: what may change, changes; nothing half.

Everything is read, checked and prepared first, the keys of the fleet included; a mistake anywhere
changes nothing. Which keys may change is said where they are declared (`setting(..., live=True)`):
whoever uses such a key takes its new value over. All others keep theirs until a restart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from holdfast.errors import Mistake
from holdfast.platform.balancer.admin_routes import Reloaded
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.keys import load_keyring
from holdfast.platform.membership.wire import Keyring
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.setting import Key
from holdfast.platform.runtime.settings import FleetSettings

FLEET, BALANCER = "fleet", "balancer"
"""The sections that a balancer is set up by. Other processes read theirs, and [fleet], when they
start."""
KEYS = "the keys of heartbeats"

T = TypeVar("T", FleetSettings, BalancerSettings)
_log = Log("balancer")


@dataclass(frozen=True, slots=True)
class InForce:
    """What a balancer works by."""

    fleet: FleetSettings
    settings: BalancerSettings
    keyring: Keyring


Prepare = Callable[[InForce], Callable[[], Sequence[str]]]
"""A part's share of a reload: it checks and loads what it needs, or raises a `Mistake`, and returns
what takes it over without fail and tells what else has changed, such as a certificate's name."""


class Reload:
    """Reads again what a balancer was started with, and has its parts take it over."""

    def __init__(self, effective: Effective, keyring: Keyring) -> None:
        self._effective = effective
        self._now = InForce(
            effective.section(FleetSettings), effective.section(BalancerSettings), keyring
        )
        self._parts: list[Prepare] = []

    def join(self, part: Prepare) -> None:
        """Have a part take over what changes, from now on."""
        self._parts.append(part)

    def __call__(self) -> Reloaded:
        """Read and take over; `Mistake` when something is wrong: then nothing has changed."""
        fresh, told = self._read()
        takeovers = [part(fresh) for part in self._parts]
        more = [word for take_over in takeovers for word in take_over()]
        self._now = fresh
        told = replace(told, applied=(*told.applied, *more))
        _log.info("reloaded", applied=_words(told.applied), restart=_words(told.needs_restart))
        return told

    def on_signal(self) -> None:
        """The same, where only the log can be told."""
        try:
            self()
        except Mistake as mistake:
            _log.error("reload_refused", why=mistake)

    def _read(self) -> tuple[InForce, Reloaded]:
        later, now = self._effective.reread(), self._now
        changed = [key for key in later.keys if later.value(key.dotted) != self._value(key)]
        ours = [key for key in changed if key.section in (FLEET, BALANCER)]
        live = [key for key in ours if key.facts.live]
        fleet = _merged(now.fleet, later.section(FleetSettings), FLEET, live)
        settings = _merged(now.settings, later.section(BalancerSettings), BALANCER, live)
        keyring = load_keyring(fleet.key_path)
        applied = [key.dotted for key in live] + ([KEYS] if keyring != now.keyring else [])
        told = Reloaded(
            applied=tuple(applied),
            needs_restart=tuple(key.dotted for key in ours if key not in live),
            elsewhere=tuple(key.dotted for key in changed if key not in ours),
        )
        return InForce(fleet, settings, keyring), told

    def _value(self, key: Key) -> object:
        """The value in force."""
        sections: dict[str, object] = {FLEET: self._now.fleet, BALANCER: self._now.settings}
        section = sections.get(key.section)
        return self._effective.value(key.dotted) if section is None else getattr(section, key.name)


def _merged(now: T, later: T, section: str, live: Sequence[Key]) -> T:
    """The values in force with those of the later ones that may change."""
    names = [key.name for key in live if key.section == section]
    return replace(now, **{name: getattr(later, name) for name in names})


def _words(keys: Sequence[str]) -> str:
    return ",".join(keys) or "nothing"
