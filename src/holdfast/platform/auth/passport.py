"""The law of passports: the cookie or bearer token of a request, and who that is at this moment.

Nothing is believed for longer than a request: a session or token that was ended opens nothing from
then on. When it was used is written down once a minute at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie

from holdfast.platform.auth.people import Principal, of_account, of_token
from holdfast.platform.auth.ports import People
from holdfast.platform.auth.secrets import MAX_SECRET_CHARS, TOKEN_PREFIX, hash_of
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.runtime.clock import Clock

COOKIE = "holdfast_session"
SECURE_PREFIX = "__Host-"
"""Over HTTPS: a browser takes a name that begins so from nobody but this host, and only with
`Secure`."""
SECURE_COOKIE = SECURE_PREFIX + COOKIE
USED_EVERY_S = 60.0
"""When something was used is known to the minute: a write for each request would cost more."""
MAX_COOKIE_CHARS = 8192


@dataclass(frozen=True, slots=True)
class Passport:
    """Looks principals up. `cookie`: what its sessions' cookie is called, since browsers do not
    tell sites on one host apart by their ports; `knows_programs`: bearer tokens count, too."""

    people: People
    settings: PeopleSettings
    clock: Clock
    cookie: str = COOKIE
    knows_programs: bool = True

    def cookie_name(self, *, is_secure: bool) -> str:
        """What the cookie is called where browsers come by HTTPS, and where not."""
        return SECURE_PREFIX + self.cookie if is_secure else self.cookie

    def session_in(self, headers: Mapping[str, str]) -> str:
        """The id of a session of this site that a request brings; empty without one."""
        return session_in(headers, self.cookie)

    async def principal_of(self, headers: Mapping[str, str]) -> Principal | None:
        """Who makes the request with these headers (names in lower case); None for nobody known.
        A bearer token counts, and a cookie only where there is none."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.knows_programs:
            return await self.of_token(token.strip())
        return await self.of_session(self.session_in(headers))

    async def of_session(self, secret: str) -> Principal | None:
        """Who is logged in with this session."""
        if not 0 < len(secret) <= MAX_SECRET_CHARS:
            return None
        key, now = hash_of(secret), self.clock.wall()
        found = await self.people.session(key)
        if found is None or found.expires_at <= now or found.account.is_disabled:
            return None
        idle = now - found.seen_at
        if idle >= timedelta(seconds=self.settings.idle_s):
            return None
        if idle >= timedelta(seconds=USED_EVERY_S):
            await self.people.see_session(key, now)
        return of_account(found.account, by_cookie=True)

    async def of_token(self, text: str) -> Principal | None:
        """Whose token this is, and for what."""
        if not (text.startswith(TOKEN_PREFIX) and len(text) <= MAX_SECRET_CHARS):
            return None
        key, now = hash_of(text), self.clock.wall()
        found = await self.people.token(key)
        if found is None or not found.is_good(now):
            return None
        if found.used_at is None or now - found.used_at >= timedelta(seconds=USED_EVERY_S):
            await self.people.use_token(key, now)
        return of_token(found)


def session_in(headers: Mapping[str, str], cookie: str = COOKIE) -> str:
    """The session's id that a request brings; empty without one."""
    return cookie_in(headers, SECURE_PREFIX + cookie) or cookie_in(headers, cookie)


def cookie_in(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie; empty without one, or when the header is none."""
    raw = headers.get("cookie", "")
    if name not in raw or len(raw) > MAX_COOKIE_CHARS:
        return ""
    try:
        found = SimpleCookie(raw).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
