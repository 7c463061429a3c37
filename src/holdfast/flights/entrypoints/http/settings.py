"""The law of the `[http]` section of flights: how often who may ask, and how many at once."""

from dataclasses import dataclass

from holdfast.platform.runtime.setting import setting


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Keys of the section."""

    requests: int = setting(
        6_000, "Requests of one token in each window and process.", minimum=1, maximum=10**9
    )
    window_s: int = setting(60, "Length of a window.", minimum=1, maximum=3600)
    connections: int = setting(2_000, "Connections at most of one process.", minimum=10)
