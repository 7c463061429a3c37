"""The law of the `[gateway]` section: how many gateways, for which hosts, how often who may ask."""

from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.runtime.setting import setting
from holdfast.platform.runtime.settings import FleetSettings

BEAT_PORT = 8091
"""UDP, where the first gateway of a machine hears heartbeats; the port offset is added."""
MAX_COPIES = 4
"""Gateways of one machine: each has a UDP port of its own from `BEAT_PORT` on."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Keys of `[gateway]`."""

    copies: int = setting(
        1,
        "Gateways that `holdfast up` runs; 0: the public HTTP ports lead straight to the services."
        " On a fleet: the same everywhere, 0 or not, with `holdfast run gateway` for each.",
        minimum=0,
        maximum=MAX_COPIES,
    )
    host: str = setting("127.0.0.1", "Address that a gateway listens on, for balancers only.")
    beat_port: int = setting(
        BEAT_PORT,
        "UDP port where a gateway hears heartbeats; further ones of `holdfast up` use the next.",
        minimum=0,
        maximum=65535,
    )
    trusted_balancers: tuple[str, ...] = setting(
        (), "Networks whose PROXY headers are believed; empty: the gateway's own side."
    )
    hosts: tuple[str, ...] = setting(
        (), "Host names that requests may name, without ports; empty: any."
    )
    key_file: str = setting(
        "", "Key of the passages to the services; empty: gateway.key in the data folder."
    )
    rate_per_principal: float = setting(
        200.0, "Requests per second of one session or token; 0: no limit.", minimum=0.0
    )
    rate_per_address: float = setting(
        2000.0,
        "Requests per second of one client address, whoever asks there; 0: no limit.",
        minimum=0.0,
    )
    rate_of_strangers: float = setting(
        500.0,
        "Requests per second of one client address that bring no session or token, or a new one;"
        " 0: no limit.",
        minimum=0.0,
    )
    rate_burst_s: float = setting(
        10.0, "Seconds of these rates that may be used at once after a rest.", minimum=1.0
    )
    rate_exempt: tuple[str, ...] = setting(
        ("127.0.0.0/8", "::1"), "Networks without limits of rates."
    )
    connections: int = setting(
        4_000, "Connections at most of one gateway and site.", minimum=10, maximum=100_000
    )
    access_log: str = setting(
        "", "File for a line about each request; `-`: standard error; empty: none."
    )

    def key_path(self, fleet: FleetSettings) -> Path:
        """Where the key of the passages is."""
        return Path(self.key_file) if self.key_file else fleet.data / "gateway.key"

    @property
    def believed(self) -> tuple[str, ...]:
        """Networks whose PROXY headers are believed; none: everybody's, for we listen anywhere."""
        if self.trusted_balancers or self.host in ("", "0.0.0.0", "::"):  # noqa: S104
            return self.trusted_balancers
        return (self.host,)
