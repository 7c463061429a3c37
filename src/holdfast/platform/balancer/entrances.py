"""Where TLS is spoken, which server names lead elsewhere, and which upstreams are believed.

Made once from the settings and the doors they name. Who asks for a known name is served as if by
the door that the name leads to. Its bytes are decrypted if the door it came to, or the one it is
led to, has certificates, and passed on as they are otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.platform.balancer.certificates import Certificates
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.server_names import SniEntry, found_by_name

if TYPE_CHECKING:
    from holdfast.platform.balancer.tcp_relay import Door


@dataclass(frozen=True, slots=True)
class Entrance:
    """What is special about a door. `plain`: the door of the same service that TLS was put before,
    or the door itself."""

    plain: "Door"
    certificates: Certificates | None = None
    routes: Mapping[str, "tuple[Door, Certificates | None]"] = field(default_factory=dict)

    @property
    def decrypts(self) -> bool:
        """Whether TLS is spoken here, whatever the client asks for."""
        return self.certificates is not None

    def leads_to(self, name: str | None) -> "tuple[Door, Certificates | None]":
        """The door that serves who asks for this server, and what decrypts it, if anything."""
        door, certificates = found_by_name(self.routes, name) or (self.plain, None)
        return door, self.certificates or certificates


@dataclass(frozen=True, slots=True)
class Entrances:
    """By the number of the door; doors without anything special are not there."""

    by_door: Mapping[int, Entrance]
    upstreams: Networks
    certificates: Mapping[str, Certificates]
    """By the listener's name."""

    def __bool__(self) -> bool:
        return bool(self.by_door) or bool(self.upstreams)

    def reload(self) -> Callable[[], Sequence[str]]:
        """Read all certificates again; what is returned takes them over and tells whose they are.
        `Mistake` when one cannot be used: then nothing has changed."""
        named = {door: each.reload() for door, each in self.certificates.items()}

        def take_over() -> Sequence[str]:
            for each in named.values():
                each()
            return [f"the certificates of {door}" for door in named]

        return take_over


def entrances(
    doors: "Sequence[Door]",
    certificates: Mapping[str, Certificates],
    sni: Sequence[SniEntry],
    upstreams: Networks,
) -> Entrances:
    """Join all. Every name must be a door's: `with_tls_ports` has seen to that."""
    by_name = {door.listener.name: door for door in doors}
    routes: dict[str, dict[str, tuple[Door, Certificates | None]]] = {}
    for route in sni:
        led = (_plain(by_name, route.target), certificates.get(route.target))
        routes.setdefault(route.door, {})[route.server_name] = led
    special = {
        by_name[name].number: Entrance(
            _plain(by_name, name), certificates.get(name), routes.get(name, {})
        )
        for name in {**certificates, **routes}
    }
    return Entrances(special, upstreams, certificates)


def _plain(by_name: "Mapping[str, Door]", name: str) -> "Door":
    return by_name[name.partition("@")[0]]
