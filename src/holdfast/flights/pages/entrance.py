"""The law of the entrance: who has logged in on the pages, and what the API is told of them.

A session is looked up for each request and believed no longer. The API never sees it: for each
question it gets a token of the account's own that lives for a minute (`wire.person_token`). A
traveller asks for their own orders with it; whoever has a desk asks there. Searches, offers and
seats are asked with the pages' own token as for everybody, so that a price that was shown before
the log-in holds after it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request

from holdfast.flights.domain.owners import owner_of
from holdfast.flights.wire.person_token import Shop, desk_token, travellers_token
from holdfast.platform.auth.passport import COOKIE, Passport
from holdfast.platform.auth.people import Principal
from holdfast.platform.auth.roles import Action, Role
from holdfast.platform.auth.signing_in import SigningIn

TRAVEL_COOKIE = f"{COOKIE}_travel"
"""Of these pages alone: grading's pages may be on the same host, at another port."""


class LogInFirst(Exception):
    """The page is for somebody who has logged in, and nobody has. `back`: where to go then."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the pages know of people. `key`: of the tokens for the API; `is_secure`: browsers come
    by HTTPS; `shop`: whose offers people buy here."""

    signing_in: SigningIn
    key: bytes = field(repr=False)
    shop: Shop
    is_secure: bool = False

    @property
    def passport(self) -> Passport:
        """Looks sessions up, and nothing else."""
        signing_in = self.signing_in
        return Passport(
            signing_in.people,
            signing_in.settings,
            signing_in.clock,
            cookie=TRAVEL_COOKIE,
            knows_programs=False,
        )

    async def person_of(self, request: Request) -> Principal | None:
        """Who has logged in with the browser that asks."""
        return await self.passport.of_session(self.passport.session_in(request.headers))

    def travellers_token(self, person: Principal, now: datetime) -> str:
        """With what the API is asked for a traveller's own orders."""
        return travellers_token(self.key, person.name, self.shop, now)

    def desk_token(self, person: Principal, now: datetime, host: str = "") -> str:
        """With what the API is asked at the desk, by a browser at `host`; empty for somebody
        without one."""
        desk = desk_of(person)
        return desk_token(self.key, person.name, desk, now, host=host) if desk[1] else ""


def is_traveller(person: Principal | None) -> bool:
    """Whether somebody books for themselves, so that they have orders of their own."""
    return person is not None and person.may(Action.BOOK)


def is_agent(person: Principal | None) -> bool:
    """Whether somebody books for others: their desk is the list of their orders."""
    return person is not None and Role.AGENT in person.roles


def desk_of(person: Principal) -> tuple[str, frozenset[str]]:
    """Whose feeds somebody sees at the desk, and what they may do there; nothing for no desk. An
    operator sees all of them, an airline's people those of their airline."""
    if person.may(Action.OPERATE):
        return owner_of(person.name), frozenset({"feeds", "operate"})
    if Role.AIRLINE in person.roles and person.subject:
        return person.subject.upper(), frozenset({"feeds"})
    return "", frozenset()
