"""The law of `flights audit`, `feeds` and `approve`: how the system stands, for who runs it."""

from collections.abc import Callable, Mapping, Sequence

from holdfast.flights.entrypoints.desk.api import Api, Json
from holdfast.flights.entrypoints.desk.words import moment, plain, table

AUDIT = "/api/flights/audit"
FEEDS = "/api/flights/feeds"
PRICES = "/api/flights/prices/parked"
Print = Callable[[str], None]


def audit(api: Api) -> Json:
    """The report of the audit."""
    return api.get(AUDIT)


def show_audit(report: Mapping[str, Json], out: Print = print) -> None:
    """Print it: a line for each assertion, and examples of what is wrong."""
    for one in report["assertions"]:
        word = "wrong" if one["wrong"] else "ok"
        tally = f"{one['wrong']} of {one['checked']}" if one["wrong"] else f"{one['checked']}"
        out(plain(f"{word:<6}{one['name']:<28}{tally:<12}{one['meaning']}"))
        for example in one["examples"]:
            out(plain(f"      {example}"))


def exit_code(report: Mapping[str, Json]) -> int:
    """0 when everything adds up, else 1."""
    return 0 if report["ok"] is True else 1


def feeds(api: Api, airline: str = "") -> Json:
    """How feeds stand, those of an airline or all."""
    found = api.get(FEEDS)
    if airline:
        for part in ("feeds", "held", "sources"):
            found[part] = [one for one in found[part] if one["airline"] == airline]
    return found


def show_feeds(found: Mapping[str, Json], out: Print = print) -> None:
    """Print feeds, the files that wait, and what is fetched."""
    heads = (
        "airline",
        "feed",
        "health",
        "sequence>",
        "accepted",
        "age>",
        "records>",
        "bad>",
        "last",
    )
    for line in table(heads, [_feed_row(one) for one in found["feeds"]]):
        out(line)
    for one in found["held"]:
        out(plain(f"waits: file {one['id']}, {one['airline']} {one['feed']}: {one['reason']}"))
    for one in found["sources"]:
        if one["fault"]:
            out(plain(f"source of {one['airline']}: {one['fault']}"))


def held_files(api: Api) -> Sequence[Json]:
    """The files that wait for a person."""
    return list(api.get(FEEDS)["held"])


def show_held_files(held: Sequence[Mapping[str, Json]], out: Print = print) -> None:
    """Print them."""
    rows = [
        [str(one["id"]), one["airline"], one["feed"], moment(one["received_at"]), one["reason"]]
        for one in held
    ]
    for line in table(("number>", "airline", "feed", "came", "why"), rows):
        out(line)


def stopped_prices(api: Api, airline: str = "") -> Sequence[Json]:
    """The prices that wait for a person."""
    return list(api.get(PRICES, {"airline": airline} if airline else None)["prices"])


def show_stopped_prices(prices: Sequence[Mapping[str, Json]], out: Print = print) -> None:
    """Print them: what counts meanwhile, what is asked."""
    rows = [
        [
            str(one["id"]),
            one["airline"],
            one["what"],
            one["accepted"] if one["is_on_sale"] else "not sold",
            one["asked"],
            one["currency"],
            moment(one["parked_at"]),
        ]
        for one in prices
    ]
    heads = ("number>", "airline", "what", "counts>", "asked>", "currency", "since")
    for line in table(heads, rows):
        out(line)


def decide_price(api: Api, number: int, *, refuse: bool) -> Json:
    """Let a stopped price count, or keep the one that counts."""
    return api.act(f"{PRICES}/{number}/{'refuse' if refuse else 'approve'}")


def decide_file(api: Api, number: int, *, refuse: bool) -> Json:
    """Take a held file in, or drop it; what became of it."""
    return api.act(f"{FEEDS}/held/{number}/{'refuse' if refuse else 'approve'}")


def _feed_row(one: Mapping[str, Json]) -> list[str]:
    return [
        one["airline"],
        one["feed"],
        one["health"],
        str(one["sequence"] if one["sequence"] is not None else "-"),
        moment(one["accepted_at"]),
        _age(one["age_s"]),
        str(one["records"]),
        str(one["quarantined"]),
        " ".join(filter(None, (one["last_outcome"], one["last_reason"]))),
    ]


def _age(seconds: float | None) -> str:
    """`12 min`, `3 h`, `2 d`."""
    if seconds is None:
        return "-"
    if seconds < 3_600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} d"
