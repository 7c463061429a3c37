"""Money is a whole number of minor units and a currency; it is never a float and never mixed.

Exponents are those of ISO 4217; whatever is not listed has two decimal places.
"""

import re
from dataclasses import dataclass

_NO_PLACES = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"),
    *("VUV", "XAF", "XOF", "XPF"),
)
_THREE_PLACES = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
EXPONENTS = {**dict.fromkeys(_NO_PLACES, 0), **dict.fromkeys(_THREE_PLACES, 3)}
"""Decimal places of the currencies that have not two."""
CURRENCIES = frozenset(
    (
        *("AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN"),
        *("BAM", "BBD", "BDT", "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN"),
        *("BWP", "BYN", "BZD"),
        *("CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK"),
        *("DJF", "DKK", "DOP", "DZD"),
        *("EGP", "ERN", "ETB", "EUR"),
        *("FJD", "FKP"),
        *("GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD"),
        *("HKD", "HNL", "HTG", "HUF"),
        *("IDR", "ILS", "INR", "IQD", "IRR", "ISK"),
        *("JMD", "JOD", "JPY"),
        *("KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT"),
        *("LAK", "LBP", "LKR", "LRD", "LSL", "LYD"),
        *("MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN"),
        *("MYR", "MZN"),
        *("NAD", "NGN", "NIO", "NOK", "NPR", "NZD"),
        *("OMR",),
        *("PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG"),
        *("QAR",),
        *("RON", "RSD", "RUB", "RWF"),
        *("SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN"),
        *("SVC", "SYP", "SZL"),
        *("THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS"),
        *("UAH", "UGX", "USD", "UYU", "UYI", "UZS"),
        *("VED", "VES", "VND", "VUV"),
        *("WST",),
        *("XAF", "XCD", "XOF", "XPF"),
        *("YER",),
        *("ZAR", "ZMW", "ZWG"),
    )
)
"""The currencies of ISO 4217 that money is held in: no metals, no codes for testing."""
MAX_MINOR = 10**12
"""No fare, order or balance is larger; keeps every sum far inside a 64-bit integer."""
_AMOUNT = re.compile(r"(\d{1,13})(?:\.(\d{1,3}))?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units (cents) of `currency` (ISO 4217, three letters)."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    @property
    def text(self) -> str:
        """The amount as a decimal string with the currency's places: `"90.80"`, `"1200"`."""
        return amount_text(self.minor, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")


def amount_text(minor: int, currency: str) -> str:
    """Minor units as a decimal string."""
    places = EXPONENTS.get(currency, 2)
    if places == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**places)
    return f"{sign}{whole}.{part:0{places}d}"


def parse_amount(text: str, currency: str) -> int | None:
    """Minor units of a non-negative decimal string; None if it is not one, has too many places
    for its currency or is larger than `MAX_MINOR`."""
    match = _AMOUNT.fullmatch(text)
    if match is None or not is_currency(currency):
        return None
    places = EXPONENTS.get(currency, 2)
    fraction = (match.group(2) or "").rstrip("0")
    if len(fraction) > places:
        return None
    minor = int(match.group(1)) * 10**places + int(fraction.ljust(places, "0") or 0)
    return minor if minor <= MAX_MINOR else None


def is_currency(text: str) -> bool:
    """Whether `text` has the form of a currency code."""
    return _CURRENCY.fullmatch(text) is not None
