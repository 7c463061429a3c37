"""An airline that delivers: walks, jumps, mistakes, silence, deliveries again and out of order,
periods cut anew, products withdrawn and listed again, flights moved, cancelled, made smaller."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from holdfast.flights.domain.fare import (
    FareKey,
    FareTerms,
    FiledFare,
    PassengerType,
    Price,
    SeatTier,
)
from holdfast.flights.domain.schedule import LegPattern
from tests.simulation.network import (
    AIRCRAFT,
    CABIN,
    CARRIER,
    DAYS,
    EXACT,
    SIZES,
    Network,
    moved,
    periods_of,
)

FLEX = FareTerms(
    brand="Flex",
    changeable=True,
    change_penalty=2_000,
    refundable=True,
    refund_penalty=5_000,
    hold_space_h=2,
    hold_price_h=1,
)
LIGHT = FareTerms(brand="Light")
LOWEST, HIGHEST = 1_000, 10_000_000


@dataclass
class Product:
    """What is filed under one name: a price for each date, None where it is not sold."""

    key: FareKey
    terms: FareTerms
    prices: list[int | None]
    wide: bool = True

    def filed(self) -> list[FiledFare]:
        """Dates with one price are one fare, unless the airline cuts them."""
        sold = [(day, price) for day, price in zip(DAYS, self.prices, strict=True) if price]
        if len(sold) == len(DAYS) and len({price for _, price in sold}) == 1 and self.wide:
            return [self._fare(DAYS, sold[0][1])]
        return [self._fare((day,), price) for day, price in sold]

    def _fare(self, days: tuple[date, ...], price: int) -> FiledFare:
        key = self.key._replace(period=periods_of(days, wide=self.wide))
        return FiledFare(key, self.terms, Price(price, price // 10))


@dataclass(frozen=True)
class Sent:
    """One delivery as it is sent."""

    sequence: int
    filed: Sequence[FiledFare]
    tiers: Sequence[SeatTier]
    withdrawn: Collection[FareKey]
    full: bool


@dataclass
class Airline:
    """One airline; `next` is what it delivers next."""

    dice: Random
    network: Network
    products: list[Product] = field(default_factory=list)
    tier_price: int = 1_500
    sequence: int = 0
    sent: list[Sent] = field(default_factory=list)
    legs: tuple[LegPattern, ...] = ()
    grounded: tuple[LegPattern, ...] = ()

    def __post_init__(self) -> None:
        self.legs = self.network.legs
        for board, off in self.network.markets:
            price = self.dice.randrange(20_000, 60_000)
            self._add(board, off, "Y", FLEX, price)
            if self.dice.random() < 0.7:
                self._add(board, off, "M", LIGHT, price * 4 // 5)
            if self.dice.random() < 0.2:
                self._add(board, off, "Y", FLEX, price * 3 // 4, PassengerType.CHILD)

    def _add(
        self,
        board: str,
        off: str,
        name: str,
        terms: FareTerms,
        price: int,
        passenger: PassengerType = PassengerType.ADULT,
    ) -> None:
        basis = f"{name}{terms.brand.upper()}"
        key = FareKey(CARRIER, None, board, off, CABIN, name, basis, passenger, "EUR", EXACT)
        self.products.append(Product(key, terms, [price] * len(DAYS)))

    def next(self) -> Sent:
        """The next delivery, and what it says."""
        before = {one.key for product in self.products for one in product.filed()}
        if self.sent:
            for product in self.products:
                self._decide(product)
            self.tier_price = self._walk(self.tier_price)
        filed = [one for product in self.products for one in product.filed()]
        after = {one.key for one in filed}
        full = not self.sent or self.dice.random() < 0.6
        withdrawn = before - after if self.dice.random() < 0.9 else set[FareKey]()
        self.sequence += 1
        made = Sent(self.sequence, filed, self._tiers(), sorted(withdrawn), full)
        self.sent.append(made)
        return made

    def older(self) -> Sent | None:
        """A delivery that was taken, or one that comes late and says something else."""
        if not self.sent:
            return None
        old = self.dice.choice(self.sent[-3:])
        if self.dice.random() < 0.5:
            return old
        cheaper = [
            replace(one, price=Price(max(LOWEST, one.price.total * 3 // 4))) for one in old.filed
        ]
        return replace(old, filed=cheaper)

    def _decide(self, product: Product) -> None:
        dice = self.dice
        move = dice.choices(
            ["same", "walk", "jump", "split", "leap", "withdraw", "list", "cut"],
            [2, 5, 3, 2, 1, 2, 4, 1],
        )[0]
        place = dice.randrange(len(DAYS))
        prices = product.prices
        match move:
            case "walk":
                factor = dice.randint(85, 118)
                product.prices = [one and _scaled(one, factor) for one in prices]
            case "jump":
                factor = dice.choice([52, 65, 80, 130, 160, 195])
                product.prices = [one and _scaled(one, factor) for one in prices]
            case "split":
                prices[place] = (one := prices[place]) and self._walk(one)
            case "leap":
                factor = dice.choice([10, 30, 300, 900])
                product.prices = [one and _scaled(one, factor) for one in prices]
            case "withdraw":
                prices[place] = None
            case "list":
                shown = next((one for one in prices if one), dice.randrange(20_000, 60_000))
                product.prices = [one or self._walk(shown) for one in prices]
            case "cut":
                product.wide = not product.wide

    def _walk(self, price: int) -> int:
        return _scaled(price, self.dice.randint(80, 125))

    def _tiers(self) -> list[SeatTier]:
        return [
            SeatTier(
                CARRIER, kind, CABIN, "standard", "Seat", 1, 60, "", "EUR", Price(self.tier_price)
            )
            for kind in AIRCRAFT
        ]

    def reschedule(self) -> tuple[LegPattern, ...]:
        """What is flown from now on."""
        dice = self.dice
        place = dice.randrange(len(self.legs)) if self.legs else 0
        if self.grounded:
            self.legs, self.grounded = (*self.legs, *self.grounded), ()
            return self.legs
        flown = list(self.legs)
        match dice.choice(["move", "size", "size", "size", "ground"]):
            case "move":
                flown = [moved(one, 15) for one in flown]
            case "size":
                seats, kind = dice.choice(SIZES), dice.choice(AIRCRAFT)
                flown[place] = replace(flown[place], configuration=f"Y{seats}", aircraft=kind)
            case "ground":
                self.grounded = (flown.pop(place),)
        self.legs = tuple(flown)
        return self.legs


def _scaled(price: int, percent: int) -> int:
    return max(LOWEST, min(HIGHEST, price * percent // 100))
