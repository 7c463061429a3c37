"""The law of the desk's door: an airline or operator shows a key of the API once, then a pass.

The key is exchanged for a signed token of half an hour (the API's own client-credentials grant);
only that stands in the cookie, which no script reads and no other site can make a browser send.
Whoever has logged in with an account of an airline or operator needs no pass: each question gets a
token of theirs, made for it.
What may be seen and done is for the API to say: the pages ask it with that token and no other.
"""

import base64
import binascii
from dataclasses import dataclass, replace

import httpx
import msgspec
from msgspec import Struct
from starlette.responses import Response

from holdfast.flights.pages import links
from holdfast.flights.pages.api import Api, Away
from holdfast.flights.pages.site import Site, Visit

COOKIE = "holdfast_desk"
GRANT = "/v1/security/oauth2/token"
MAX_KEY_CHARS = 1024
MAX_OWNER_CHARS = 60
MAX_COOKIE_CHARS = 3000


@dataclass(frozen=True, slots=True)
class Pass:
    """Who is at the desk, and the signed token that says so. `by_account`: who has logged in."""

    owner: str
    token: str
    lives_s: int = 0
    by_account: bool = False


class _Granted(Struct, frozen=True):
    client_id: str
    access_token: str
    expires_in: int


async def enter(api: Api, owner: str, key: str) -> Pass | Away | None:
    """A pass for an owner's name and one of their keys; None when they do not fit."""
    form = {"grant_type": "client_credentials", "client_id": owner, "client_secret": key}
    try:
        answer = await api.client.post(GRANT, data=form)
        if answer.status_code in (400, 401):
            return None
        granted = msgspec.json.decode(answer.content, type=_Granted)
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        return Away(repr(error)[:200])
    return Pass(granted.client_id, granted.access_token, granted.expires_in)


def pass_of(visit: Visit) -> Pass | None:
    """The pass that the browser brought; whether it is still good is for the API to say."""
    value = visit.request.cookies.get(COOKIE, "")
    owner, dot, token = value.partition(".")
    if not dot or len(value) > MAX_COOKIE_CHARS or not (token.isascii() and token.isprintable()):
        return None
    try:
        name = base64.urlsafe_b64decode(owner.encode("ascii") + b"==").decode("utf-8")
    except (binascii.Error, UnicodeError):
        return None
    return Pass(name, token) if name and token else None


def pass_here(site: Site, visit: Visit) -> Pass | None:
    """The pass that the browser brought, or the one of the account that has a desk."""
    brought = pass_of(visit)
    if brought is not None or site.people is None or visit.person is None:
        return brought
    host = visit.request.client.host if visit.request.client else ""
    token = site.people.desk_token(visit.person, site.clock.wall(), host)
    owner = visit.person.subject.upper() or visit.person.name
    return Pass(owner, token, by_account=True) if token else None


def as_who(site: Site, held: Pass) -> Api:
    """The API, asked with somebody's own token."""
    return replace(site.api, token=held.token)


def remember(visit: Visit, response: Response, held: Pass) -> None:
    """Let the browser keep the pass as long as it is good. A new one each time, whatever the
    browser brought."""
    name = base64.urlsafe_b64encode(held.owner.encode("utf-8")).decode("ascii").rstrip("=")
    response.set_cookie(
        COOKIE,
        f"{name}.{held.token}",
        max_age=held.lives_s,
        path=links.DESK,
        secure=visit.request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def forget(response: Response) -> None:
    """Let the browser forget the pass."""
    response.delete_cookie(COOKIE, path=links.DESK, httponly=True, samesite="strict")
