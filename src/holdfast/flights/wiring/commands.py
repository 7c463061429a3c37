"""The law of `holdfast flights ...`: its tasks, their arguments, and who carries them out."""

import argparse
from collections.abc import Callable
from pathlib import Path

from holdfast.flights.entrypoints.desk.wish import add_search_arguments
from holdfast.platform.runtime.app import Command
from holdfast.platform.runtime.config import Effective

Run = Callable[[argparse.Namespace, Effective], int]


def _status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("flight", metavar="FLIGHT", help="carrier and number, e.g. ZZ100")
    parser.add_argument("--date", default="", metavar="DATE", help="of departure; else today")


def _book(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("offer", metavar="OFFER", help="id of an offer, off_...")
    parser.add_argument(
        "--passenger",
        action="append",
        default=[],
        metavar="GIVEN,FAMILY[,BORN[,m|f]]",
        help="who flies, in the order of the offer; stars stand in for the rest",
    )
    parser.add_argument(
        "--seat", action="append", default=[], metavar="12A", help="a seat on the first flight"
    )
    parser.add_argument("--hold", action="store_true", help="keep it now, pay later")


def _order(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order", metavar="ORDER", help="id of an order, ord_...")


def _cancel(parser: argparse.ArgumentParser) -> None:
    _order(parser)
    parser.add_argument("--quote", action="store_true", help="only ask what would be given back")


def _nothing(_: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _airline(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("airline", nargs="?", type=str.upper, default="", metavar="AIRLINE")


def _deliver(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="BA.season.7.schedule.full.ssim, ..."
    )


def _approve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("price", "file"), help="what waits for a person")
    parser.add_argument("number", nargs="?", type=int, metavar="NUMBER", help="else: what waits")
    parser.add_argument("--refuse", action="store_true", help="drop it instead")


def _tokens(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("create", "list", "revoke"))
    parser.add_argument("owner", metavar="OWNER", help="whose token; an airline's code for feeds")
    parser.add_argument("token", nargs="?", default="", metavar="ID", help="the one to revoke")
    parser.add_argument(
        "--scope", action="append", default=[], metavar="SCOPE", help="read, book, feeds, operate"
    )
    parser.add_argument("--test", action="store_true", help="a token for trying things out")
    parser.add_argument("--days", type=int, default=0, help="until it ends by itself; 0: never")


def _balance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("owner", metavar="OWNER", help="whose: the owner of tokens")
    parser.add_argument("--add", default="", metavar="AMOUNT", help="money that came, 1000.00")
    parser.add_argument("--reference", default="", metavar="TEXT", help="counts once: a transfer's")
    parser.add_argument("--credit", default="", metavar="AMOUNT", help="may go so far below zero")
    parser.add_argument("--currency", type=str.upper, default="EUR", metavar="EUR")


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--airlines", type=int, default=6, metavar="N")
    parser.add_argument("--routes", type=int, default=5, metavar="N", help="of each airline")
    parser.add_argument("--hours", type=int, default=1, metavar="H", help="so many hours from now")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--from", dest="start", default="", metavar="MOMENT", help="else now (UTC)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write into")


def _desk(task: str) -> Run:
    """A task that asks the API, loaded when it runs."""

    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.flights.wiring import desk

        return desk.TASKS[task](given, effective)

    return run


def _office(task: str) -> Run:
    """A task that asks no API, loaded when it runs."""

    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.flights.wiring import office

        return office.TASKS[task](given, effective)

    return run


def _asking(
    arguments: Callable[[argparse.ArgumentParser], None],
) -> Callable[[argparse.ArgumentParser], None]:
    """What every task that asks the API understands, beside its own."""

    def both(parser: argparse.ArgumentParser) -> None:
        arguments(parser)
        parser.add_argument("--token", default="", help="ask with this access token")
        parser.add_argument("--json", action="store_true", help="print what the API says")

    return both


TASKS = (
    Command(
        "search",
        "find flights and offers whose prices hold",
        _asking(add_search_arguments),
        _desk("search"),
    ),
    Command("status", "a flight's status, what was told of it", _asking(_status), _desk("status")),
    Command("book", "book an offer, or hold it", _asking(_book), _desk("book")),
    Command("order", "show an order", _asking(_order), _desk("order")),
    Command("pay", "pay a held order", _asking(_order), _desk("pay")),
    Command("reprice", "ask for a held order's price of now", _asking(_order), _desk("reprice")),
    Command("cancel", "give an order back", _asking(_cancel), _desk("cancel")),
    Command("audit", "check that no seat and no money was lost", _asking(_nothing), _desk("audit")),
    Command("feeds", "what airlines delivered, how fresh it is", _asking(_airline), _desk("feeds")),
    Command("deliver", "send an airline's files", _asking(_deliver), _desk("deliver")),
    Command("approve", "take in what waits for a person", _asking(_approve), _desk("approve")),
    Command("tokens", "make, list and end access tokens", _tokens, _office("tokens")),
    Command("balance", "what an owner can pay with, and add to it", _balance, _office("balance")),
    Command("demo", "write the feeds of an invented world", _demo, _office("demo")),
)

COMMANDS = (Command.group("flights", "look up, book and run flights", TASKS),)
