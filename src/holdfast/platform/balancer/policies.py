"""PURE. The policies by name, and which service gets which.

The operator's word for a service comes first, then the operator's word for all, then what the
service's listener declares, then `DEFAULT`. Why that one: docs/decisions/0013-default-policy.md.
"""

from collections.abc import Mapping, Sequence
from typing import get_args

from holdfast.errors import Mistake
from holdfast.platform.balancer.affinity import Affinity
from holdfast.platform.balancer.policy import (
    Dice,
    LeastConnections,
    Policy,
    RoundRobin,
    Weighted,
)
from holdfast.platform.balancer.policy_names import PolicyName
from holdfast.platform.balancer.two_choices import PeakEwma, TwoChoices

POLICIES = tuple(name for name in get_args(PolicyName) if name)
DEFAULT = "least-connections"


def policy_named(name: str, dice: Dice) -> Policy:
    """A fresh policy; `ValueError` for a name that is none of `POLICIES`."""
    match name:
        case "round-robin":
            return RoundRobin()
        case "weighted":
            return Weighted()
        case "least-connections":
            return LeastConnections()
        case "peak-ewma":
            return PeakEwma(dice)
        case "two-choices":
            return TwoChoices(dice)
        case "affinity":
            return Affinity()
    raise ValueError(f"there is no policy {name!r}, but " + ", ".join(POLICIES))


def policies_of(
    declared: Mapping[str, str], for_all: str, for_services: Sequence[str], dice: Dice
) -> dict[str, Policy]:
    """Service -> its policy, for each service with the wish it declares. `for_services` are words
    `service=policy`; `Mistake` when one is malformed, names an unknown service or policy, or names
    a service twice."""
    chosen = _read(for_services, declared)
    names = {
        service: chosen.get(service) or for_all or wish or DEFAULT
        for service, wish in declared.items()
    }
    return {service: policy_named(name, dice) for service, name in names.items()}


def _read(words: Sequence[str], services: Mapping[str, str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for word in words:
        service, _, name = (part.strip() for part in word.partition("="))
        if service not in services:
            known = ", ".join(sorted(services))
            raise Mistake(f"balancer.policies: {word!r} names none of the services {known}.")
        if name not in POLICIES:
            known = ", ".join(POLICIES)
            raise Mistake(f"balancer.policies: {word!r} names none of the policies {known}.")
        if service in chosen:
            raise Mistake(f"balancer.policies: {service} is named twice.")
        chosen[service] = name
    return chosen
