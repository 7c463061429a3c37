"""PURE. The operator's standing orders for nodes: drained or not, which weight.

They hold for a node's name, so they outlive its restarts and the time it is not there. An order
that says nothing special is forgotten; what is left is bounded.
"""

import math
from dataclasses import dataclass, replace

MAX_ORDERS = 1_024
"""Twice the members a fleet may have: nodes come and go under new names."""
LEAST_WEIGHT, MOST_WEIGHT = 0.01, 100.0
"""Less is a drain, and more is a typing error."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator wants of a node. `weight`: its share of clients against others' 1."""

    drained: bool = False
    weight: float = 1.0


class Orders:
    """The orders by node. Each method returns what holds for the node from now on."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}

    def of(self, node: str) -> Order:
        """What holds for a node; nothing special by default."""
        return self._orders.get(node, _NONE)

    @property
    def standing(self) -> dict[str, Order]:
        """Every order that says something special, by node."""
        return dict(self._orders)

    def drain(self, node: str) -> Order:
        """No new clients. `ValueError` when too many orders are standing."""
        return self._note(node, replace(self.of(node), drained=True))

    def undrain(self, node: str) -> Order:
        """New clients again."""
        return self._note(node, replace(self.of(node), drained=False))

    def weigh(self, node: str, weight: float) -> Order:
        """This weight. `ValueError` when it is out of bounds or too many orders are standing."""
        if not (math.isfinite(weight) and LEAST_WEIGHT <= weight <= MOST_WEIGHT):
            raise ValueError(f"a weight lies between {LEAST_WEIGHT:g} and {MOST_WEIGHT:g}")
        return self._note(node, replace(self.of(node), weight=weight))

    def _note(self, node: str, order: Order) -> Order:
        if order == _NONE:
            self._orders.pop(node, None)
        elif node not in self._orders and len(self._orders) >= MAX_ORDERS:
            raise ValueError(f"there are {MAX_ORDERS} standing orders already")
        else:
            self._orders[node] = order
        return order


_NONE = Order()
