"""The words of the page where a student claims their id, in English and German.

The German ones say Sie, as all pages do. What a program is told when its claim is refused stands
in `claiming`, in English.
"""

from typing import Protocol

from starlette.requests import Request

from holdfast.platform.auth.switch import language_in

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Claim your id", "Nummer beanspruchen"),
    "why": (
        "Your programs are graded only from addresses that you have claimed your id from.",
        "Ihre Programme werden nur von Adressen aus bewertet, für die Sie Ihre Nummer "
        "beansprucht haben.",
    ),
    "uid": ("Your id", "Ihre Nummer"),
    "token": ("Your personal token", "Ihr persönlicher Schlüssel"),
    "address": ("Address of your programs", "Adresse Ihrer Programme"),
    "hint": (
        "Filled in is the one that this browser comes from.",
        "Eingetragen ist die, von der dieser Browser kommt.",
    ),
    "button": ("Claim", "Beanspruchen"),
    "way out": ("To the results", "Zu den Ergebnissen"),
    "way on": ("Go on to your results", "Weiter zu Ihren Ergebnissen"),
    "bad uid": (
        "Your id is a number of at most 4 digits.",
        "Ihre Nummer hat höchstens 4 Ziffern.",
    ),
    "wrong token": (
        "This token is not that student’s. Your teacher can tell you yours.",
        "Dieser Schlüssel gehört nicht zu dieser Nummer. Ihren kann Ihnen die Kursleitung nennen.",
    ),
    "bad address": (
        "“{address}” is not an address; one looks like 192.0.2.7.",
        "„{address}“ ist keine Adresse; eine sieht aus wie 192.0.2.7.",
    ),
    "no need": (
        "Ids of this course need no claim.",
        "In diesem Kurs muss niemand seine Nummer beanspruchen.",
    ),
    "claimed": (
        "Until {until}, programs at {address} are graded as {uid}.",
        "Bis {until} werden Programme von {address} als {uid} bewertet.",
    ),
}


class Says(Protocol):
    """The words for a key, values put into their places. Not yet escaped."""

    def __call__(self, key: str, **values: str) -> str: ...


def words_in(request: Request) -> Says:
    """The words of the reader's language."""
    place = 1 if language_in(request) == "de" else 0

    def says(key: str, **values: str) -> str:
        return _WORDS[key][place].format(**values)

    return says
