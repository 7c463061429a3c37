"""People of the pages: log in, log out, one's account, another password.

What happens is `platform.auth`'s: here it only gets the look and the words of these pages. Who is
logged in already goes on at once. Nothing is said about who has an account.
"""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from holdfast.flights.pages import links
from holdfast.flights.pages.entrance import Entrance, desk_of, is_agent, is_traveller
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.site import Page, Route, Site, Visit
from holdfast.platform.auth.origins import MAX_TARGET_CHARS, local_target
from holdfast.platform.auth.site import Door, View

Handler = Callable[[Request], Awaitable[Response]]
TITLES = {"enter": "people.enter", "me": "people.me"}


async def enter(site: Site, visit: Visit) -> Response:
    """`/enter?next=`: the form to log in, or on to where one was going."""
    door = _door(site, visit)
    target = local_target(visit.ask("next", MAX_TARGET_CHARS + 1))
    if visit.person is not None:
        return RedirectResponse(target, 303, HEADERS)
    return door.faces(visit.request, View("enter", target=target))


def _page(choose: Callable[[Door], Handler]) -> Page:
    """A page that `platform.auth` answers."""

    async def answer(site: Site, visit: Visit) -> Response:
        return await choose(_door(site, visit))(visit.request)

    return answer


def _door(site: Site, visit: Visit) -> Door:
    entrance = _entrance(site)

    def face(_: Request, view: View) -> Response:
        return _face(site, visit, view)

    return Door(entrance.signing_in, entrance.passport, face, is_secure=entrance.is_secure)


def _entrance(site: Site) -> Entrance:
    if site.people is None:
        raise HTTPException(404)
    return site.people


def _face(site: Site, visit: Visit, view: View) -> Response:
    person = view.principal
    return site.render.page(
        visit,
        "people.html",
        view.status,
        view=view,
        title=TITLES[view.page],
        wrong=visit.words(f"people.wrong.{view.wrong}", n=view.number) if view.wrong else "",
        told=visit.words(f"people.told.{view.told}") if view.told else "",
        roles=sorted(person.roles) if person else (),
        has_orders=is_traveller(person),
        has_desk=person is not None and (bool(desk_of(person)[1]) or is_agent(person)),
    )


PAGES = (
    Route("GET", links.ENTER, enter),
    Route("GET", "/login", _page(lambda door: door.log_in_form)),
    Route("POST", "/login", _page(lambda door: door.log_in), reads_form=False),
    Route("GET", "/logout", _page(lambda door: door.to_me)),
    Route("POST", "/logout", _page(lambda door: door.log_out), reads_form=False),
    Route("GET", "/logout/everywhere", _page(lambda door: door.to_me)),
    Route(
        "POST", "/logout/everywhere", _page(lambda door: door.log_out_everywhere), reads_form=False
    ),
    Route("GET", links.ME, _page(lambda door: door.me)),
    Route("GET", "/me/password", _page(lambda door: door.password_form)),
    Route("POST", "/me/password", _page(lambda door: door.change_password), reads_form=False),
)
